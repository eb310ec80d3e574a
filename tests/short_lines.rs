//! Texts of short lines that share headings or marks of pages: what stands between these is their own, and no menu.

mod common;

use common::Lab;

/// Lines cut, with their rules.
fn cut(lab: &Lab) -> Vec<String> {
    lab.run(0);
    let records = lab.records("removals");
    records.iter().map(|record| format!("{} {}", record["rule"], record["text"])).collect()
}

/// Running text in which nothing stands twice.
struct Prose(u32);

impl Prose {
    fn character(&mut self) -> char {
        let words = "山河湖海云雨风雪春夏秋冬东西南北红橙黄绿青蓝紫金木水火土星辰松竹梅兰琴棋书画诗酒花茶门窗桌椅船车马牛羊鸡犬";
        let words: Vec<char> = words.chars().collect();
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        words[(self.0 >> 18) as usize % words.len()]
    }

    /// So many clauses of eleven characters and a comma, the last one with a full stop.
    fn clauses(&mut self, count: usize) -> String {
        let mut text = String::new();
        for _ in 0..count {
            (0..5).for_each(|_| text.push(self.character()));
            text.push('的');
            (0..3).for_each(|_| text.push(self.character()));
            text.push('了');
            text.push(self.character());
            text.push('，');
        }
        text.trim_end_matches('，').to_owned() + "。"
    }
}

#[test]
fn recipes_with_the_same_headings_keep_their_lists() {
    let lab = Lab::new();
    let mut prose = Prose(3);
    let things = [
        "活虾", "洋葱", "姜", "蒜", "葱", "酱油", "料酒", "芝麻", "蚝油", "香醋", "白糖", "盐", "豆腐", "黄瓜", "土豆",
    ];
    for at in 0..14 {
        let own = |from: usize| (0..6).map(move |i| things[(at * 3 + from + i * 2) % things.len()]);
        let list: Vec<String> = own(0).map(str::to_owned).collect();
        let amounts: Vec<String> = own(1).enumerate().map(|(i, thing)| format!("{thing} {}克", at + i * 10)).collect();
        let text = format!(
            "{a}烧{b}的做法\n\n{}\n\n估计难度：★★\n\n需要的材料和工具\n\n{list}\n\n计算\n\n每份：\n\n{amounts}\n\n操作\n\n{}\n{}\n",
            prose.clauses(6),
            prose.clauses(3),
            prose.clauses(4),
            a = things[at],
            b = things[(at + 5) % things.len()],
            list = list.join("\n"),
            amounts = amounts.join("\n"),
        );
        lab.put(format!("{at}.txt"), text);
    }
    assert_eq!(cut(&lab), Vec::<String>::new());
}

#[test]
fn a_wrapped_book_keeps_the_lines_between_the_marks_of_its_pages() {
    let lab = Lab::new();
    let mut prose = Prose(9);
    for piece in 0..14 {
        let mut text = format!("----------------------- 页面 {}-----------------------\n", piece * 2 + 1);
        for page in 0..2 {
            let all: Vec<char> = (0..4).map(|_| prose.clauses(8)).collect::<String>().chars().collect();
            all.chunks(24).for_each(|line| text.push_str(&format!("{}\n", line.iter().collect::<String>())));
            let n = piece * 2 + page + 2;
            text.push_str(&format!("修渠传　 ·{n} ·\n----------------------- 页面 {n}-----------------------\n"));
        }
        lab.put(format!("{piece:02}.txt"), text);
    }
    let text: Vec<String> = cut(&lab).into_iter().filter(|cut| cut.contains('，')).collect();
    assert_eq!(text, Vec::<String>::new());
}

#[test]
fn minutes_of_one_body_keep_the_title_they_all_have() {
    let lab = Lab::new();
    let mut prose = Prose(5);
    for at in 1..=12 {
        let text = format!(
            "第{at}次馆务会会议纪要\n当前位置：首页 > 范文 > 正文\n会议时间：2023年{at}月4日\n会议地点：三楼会议室\n主持人：田小禾\n缺席人员：无\n会议议题：\n{}\n会议决定：\n{}\n{}\n会议结束。\n责任编辑：小雅\n上一篇：没有了\n下一篇：没有了\n",
            prose.clauses(6),
            prose.clauses(7),
            prose.clauses(5),
        );
        lab.put(format!("{at}.txt"), text);
    }
    assert!(cut(&lab).iter().all(|cut| !cut.contains("会议")));
    assert!(lab.records("removals").len() >= 36);
}

#[test]
fn a_title_that_begins_with_its_place_is_not_the_name_of_the_site() {
    let lab = Lab::new();
    let mut prose = Prose(8);
    let mut page = |title: &str, below: &str, foot: &str| {
        format!("{title}\n当前位置：首页 > 要闻 > 正文\n{below}\n{}\n{}\n{foot}\n", prose.clauses(9), prose.clauses(8))
    };
    let pages = [
        page("石桥县人民政府2023年工作报告", "——在石桥县第九届人民代表大会第二次会议上", "版权所有：石桥县人民政府"),
        page("石桥县召开三夏生产现场会", "本报记者 田小禾", "版权所有 石桥县人民政府"),
        page(
            "急诊科护士年终总结",
            "网友\"半夏\"分享于 16-12-29",
            "《急诊科护士年终总结》由网友整理，版权归原作者所有。",
        ),
    ];
    for (at, page) in pages.into_iter().enumerate() {
        lab.put(format!("{at}/a.txt"), page);
    }
    assert!(
        cut(&lab).iter().all(|cut| !cut.contains("石桥县召开") && !cut.contains("2023年") && !cut.ends_with("总结\n"))
    );
    lab.put("3/a.txt", page("石桥县人民政府门户网", "石桥县召开夏收现场会", "版权所有：石桥县人民政府门户网"));
    assert!(cut(&lab).iter().any(|cut| cut.contains("门户网")));
}
