//! Rows of tables, and the days on which a policy or a contract takes effect.

use crate::clean::automaton::{Automaton, fixed};
use crate::clean::view::View;
use std::ops::Range;
use std::sync::LazyLock;

/// Fewest rows of a table.
const ROWS: usize = 3;
/// Longest title of a policy, in bytes.
const TITLE: usize = 120;

static STAMPED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d{2})?\s*$"));
static DAY: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*(?:最[近后新]|首次)?(?:发布|更新|修订|修改|版本|生效|施行|实施)(?:日期|时间)\s*[：:]\s*(?:19|20)\d{2}")
});
static EFFECT: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*(?:生效|施行|实施|修订)"));
static POLICY: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"(?:协议|政策|条款|章程|公约|须知)(?:[（(].{1,12}[)）])?》?\s*$"));

/// Lines with the same number of tabs; lists of links with days are none.
pub fn tables(view: &View) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    if memchr::memchr(b'\t', view.text.as_bytes()).is_none() {
        return out;
    }
    let cells = |line: usize| view.line(line).trim().matches('\t').count();
    let mut line = 0;
    while line < view.lines.len() {
        let count = cells(line);
        let end = (line + 1..view.lines.len()).find(|&below| cells(below) != count).unwrap_or(view.lines.len());
        let stamped = || (line..end).filter(|&row| STAMPED.is_match(view.fold(row))).count();
        if count > 0 && end - line >= ROWS && stamped() < 2 {
            out.push(line..end);
        }
        line = end;
    }
    out
}

/// Days of issue beside the day on which the text takes effect, and the day of the last change below the title of a policy.
pub fn effect(view: &View) -> Vec<Range<usize>> {
    let day = |line: usize| view.line(line).len() <= TITLE && DAY.is_match(view.fold(line));
    // All lines are asked, and most begin otherwise.
    let may = |line: usize| {
        view.fold(line).trim_start().starts_with(['最', '首', '发', '發', '更', '修', '版', '生', '施', '实', '實'])
    };
    let mut out = Vec::new();
    let mut line = 0;
    while line < view.lines.len() {
        if !may(line) || !day(line) {
            line += 1;
            continue;
        }
        let start = line;
        while line < view.lines.len()
            && (day(line) || (view.blank(line) && view.next_full(line, view.lines.len()).is_some_and(day)))
        {
            line += 1;
        }
        let effective = (start..line).any(|line| EFFECT.is_match(view.fold(line)));
        let changed = || view.fold(start).contains(['更', '修']);
        let titled = || {
            view.prev_full(start, 0)
                .is_some_and(|above| view.line(above).len() <= TITLE && POLICY.is_match(view.fold(above)))
        };
        if effective || (changed() && titled()) {
            out.push(start..line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn rows_of_a_table_and_days_of_effect_stay() {
        for text in [
            "栏目设置一览表\n名称\t内容\t负责\n首页\t要闻 通知 专题\t办公室\n服务\t登录 注册 办事\t政务科\n",
            "石桥读书会用户协议\n更新日期：2024年3月1日\n欢迎大家到石桥读书会借书，请在借书之前读完这一份协议，读完以后在借书卡上签名。\n",
            "借书记录保存规则\n发布日期：2024年3月1日\n生效日期：2024年4月1日\n每一次借书都记在卡上，卡由值日的同学保管，学期结束以后交给图书馆，保存三年。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn lists_of_links_with_days_are_no_tables() {
        let body = "石桥水渠通水\n七月三日上午，石桥水渠正式通水，二十里外的河湾村第一次用上了渠水，家家都来看。\n";
        let list =
            "相关阅读\n老区的路修到了家门口\t2024-03-01\n北山的茶今年卖得早\t2024-03-02\n砖厂停产整改\t2024-03-04\n";
        assert_eq!(cleaned(&format!("{body}{list}")), body);
    }
}
