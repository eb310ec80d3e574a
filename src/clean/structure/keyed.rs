//! Tables in which an office's page tells of itself, flattened to a key on one line and its value on the next.

use super::Detector;
use super::title::key;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use std::sync::LazyLock;

/// Full lines of a page among which such a table stands.
const HEAD: usize = 40;
/// Keys of a table, at least, and those among them that only an office's page has.
const KEYS: usize = 3;
const OFFICIAL: usize = 2;
/// Longest value, in characters.
const VALUE: usize = 40;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Date,
    /// One of a few words: 有效, 主动公开.
    Word,
    Office,
    /// Words with commas and strokes between them.
    Words,
    Title,
}

/// A kind of key: the keys, whether only an office's page has them, what their values look like.
struct Row(Automaton, bool, Kind);

static ROWS: LazyLock<[Row; 8]> = LazyLock::new(|| {
    let row = |keys: &str, official, kind| {
        Row(fixed(&format!(r"^[\s【\[|·•]*(?:{keys})\s*[】\]|]?\s*[:：]?\s*$")), official, kind)
    };
    [
        row(r"索\s*引\s*号|信息索引号?", true, Kind::Number),
        row(r"文\s*号|发文字号|公开目录号|文件编号", false, Kind::Number),
        row(
            r"(?:成文|发文|印发|发布|生成|公开|生效|实施|施行|废止|失效|公布)(?:日期|时间)|有效期(?:至|限)?",
            false,
            Kind::Date,
        ),
        row(
            r"有\s*效\s*性|时\s*效\s*性|文件状态|效力状态|是否有效|公开(?:方式|形式|范围|时限|程序|类别)",
            true,
            Kind::Word,
        ),
        row(
            r"(?:发\s*布|制\s*发|发\s*文|公\s*开|信息公开责任|责\s*任|来文|起草)\s*(?:机\s*[关构]|单\s*位|部\s*门|主体)",
            true,
            Kind::Office,
        ),
        row(r"(?:组配|主题|体裁|信息|服务对象)\s*分\s*类|公文种类|效力(?:级别|位阶)", true, Kind::Words),
        row(r"主\s*题\s*词|关\s*键\s*词|文\s*种|服务对象|所属栏目|分\s*类", false, Kind::Words),
        row(r"名\s*称|信息名称|标\s*题|文件名称|信息标题|内容概述", false, Kind::Title),
    ]
});
static DATE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:\d{4}\s?[-/.年]\s?\d{1,2}(?:\s?[-/.月]\s?\d{1,2}\s?日?)?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?|长期(?:有效)?|无|暂无)\s*$",
    )
});
static OFFICE: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"(?:[局厅府室办委处科部院会站所队社校]|中心|集团|公司|大队|管理区|办公室)\s*$"));

fn row(text: &str) -> Option<&'static Row> {
    // Keys are short, and most lines are not.
    if text.len() > 60 { None } else { ROWS.iter().find(|row| row.0.is_match(text)) }
}

impl Kind {
    fn fits(self, text: &str) -> bool {
        let text = text.trim();
        let length = text.chars().count();
        let digit = text.contains(|c: char| c.is_ascii_digit());
        length <= VALUE
            && !text.contains(['。', '：', ':', '！', '？'])
            && match self {
                Self::Number => digit && !text.contains(['，', '《']) || length <= 2,
                Self::Date => DATE.is_match(text),
                Self::Word => length <= 8 && !digit,
                Self::Office => OFFICE.is_match(text) && !text.starts_with("关于"),
                Self::Words => length <= 24 && !text.contains(['《', '，']) && !text.starts_with("关于"),
                Self::Title => true,
            }
    }
}

/// Drops the keys and values of a table above the text.
pub fn detect(view: &View, marks: &mut Marks) {
    let text = |line: &usize| guards::prose(view.fold(*line)) || guards::salutation(view.fold(*line));
    let full = (0..view.lines.len()).filter(|line| !view.blank(*line));
    let lines: Vec<usize> = full.take(HEAD).take_while(|line| !text(line)).collect();
    let rows: Vec<Option<&Row>> = lines.iter().map(|&line| row(view.fold(line))).collect();
    let keys = rows.iter().flatten().count();
    if keys < KEYS || rows.iter().flatten().filter(|row| row.1).count() < OFFICIAL {
        return;
    }
    for (at, row) in rows.iter().enumerate() {
        let Some(row) = row else { continue };
        marks.drop_line(lines[at], Detector::MetaRow);
        let Some((&value, None)) = lines.get(at + 1).zip(rows.get(at + 1).copied()) else { continue };
        let text = view.fold(value);
        // A title goes only where it stands again below.
        let again = || lines[at + 2..].iter().any(|&below| key(view.fold(below)) == key(text));
        if row.2.fits(text) && (row.2 != Kind::Title || again()) {
            marks.drop_line(value, Detector::MetaRow);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const TEXT: &str = "关于做好防汛工作的通知\n各乡镇人民政府：\n汛期将至，请各单位加强值守，落实责任，及时排查隐患，确保群众生命财产安全。\n";

    #[test]
    fn a_table_told_line_by_line_goes_and_the_title_stays() {
        let table = "索 引 号\nQS0101-2024-00037\n组配分类\n通知公告\n发布机构\n青石县人民政府办公室\n名称\n关于做好防汛工作的通知\n有 效 性\n现行有效\n发布日期\n2024-05-06\n主题词\n";
        assert_eq!(cleaned(&format!("{table}{TEXT}")), TEXT);
    }

    #[test]
    fn forms_and_headings_of_a_text_stay() {
        for head in [
            "名称\n青石镇\n标题\n来信\n文号\n三号\n",
            "分类\n第一类\n名称\n石灰\n效力级别\n甲\n",
            "公开方式\n\n发布日期\n",
        ] {
            let text = format!("{head}{TEXT}");
            assert_eq!(cleaned(&text), text, "{head}");
        }
    }
}
