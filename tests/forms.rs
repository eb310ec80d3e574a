//! Texts on one form, filled in otherwise, are no copies of each other; a form that is left blank is one of them all.

mod common;

use common::Lab;

/// A notice of more than 200 characters with gaps.
const OUTAGE: &str = "停电通知\n各用电客户：\n因{why}，供电所计划对下列线路停电，给您的生产和生活带来不便，请予谅解。停电期间线路视为带电，任何\
    人不得擅自攀登电杆、操作开关；需要连续用电的单位请提前落实自备电源，并做好与电网的隔离。恢复送电时不另行通知。\n停电时间：{day}上午{from}\
    点至下午{to}点\n停电线路：{line}线\n停电范围：{area}\n遇恶劣天气，工作顺延。\n石桥供电所\n";
const AWARD: &str = "关于给予{name}同志嘉奖的决定\n各科室、各站所：\n在刚刚结束的防汛工作中，{name}同志连续值守在大坝上，带头巡查险工险段，及时发现并\
    排除渗漏隐患，保护了下游群众的生命财产安全，表现突出。经局党组研究，决定给予{name}同志嘉奖一次。希望受到嘉奖的同志珍惜荣誉，再接再厉；全局干部\
    职工要以先进为榜样，立足岗位，勤勉尽责，为全县水利事业作出新的贡献。\n石桥县水利局\n";
const CONTRACT: &str = "保密协议\n甲方：石桥县机械厂\n乙方：{name}\n双方在合作过程中互相提供的技术资料、经营信息和客户名单，凡注明保密的，接受方应当妥善\
    保管，不得向第三方披露，不得用于约定以外的目的。接受方的工作人员确需了解的，应当事先告知其保密义务。合作终止后，接受方应当在合理期限内退还或者销毁\
    全部资料及其复制件。任何一方违反约定给对方造成损失的，应当赔偿。本协议自双方签字之日起生效。\n";
const RULE: &str = "石桥镇集贸市场管理规定\n进入市场的经营者应当服从管理，在划定的区域内摆摊，保持摊位整洁，收摊时清理垃圾。{rule}\n市场管理员应当文明值勤，\
    对违反规定的行为先劝导、后处理，不得徇私。消费者认为权益受到损害的，可以向市场服务台投诉，服务台应当当场答复或者及时转办。本规定由镇政府负责解释，自\
    公布之日起施行，原有规定同时废止。\n";

fn fill(form: &str, gaps: &[(&str, &str)]) -> String {
    gaps.iter().fold(form.to_owned(), |text, (gap, words)| text.replace(&format!("{{{gap}}}"), words))
}

/// How many of the texts are dropped.
fn dropped(texts: impl IntoIterator<Item = String>) -> usize {
    let lab = Lab::new();
    for (at, text) in texts.into_iter().enumerate() {
        lab.put(format!("{at}.txt"), text);
    }
    lab.run(0);
    lab.records("documents").iter().filter(|document| document["decision"] == "drop").count()
}

#[test]
fn notices_of_one_office_all_stay() {
    let notices = [
        ["线路改造", "明天", "八", "五", "河湾", "河湾村、苗圃、粮站"],
        ["更换变压器", "本周三", "八", "六", "北山", "北山村、砖厂"],
        ["清理树障", "本周四", "七", "五", "河湾东", "竹溪村、卫生院、中学"],
        ["线路改造", "明天", "九", "三", "北山", "松岗村、汽车站、养殖场"],
        ["电杆迁移", "本周三", "六", "四", "双井支", "太平村、敬老院、水厂"],
    ];
    assert_eq!(
        dropped(notices.map(|[why, day, from, to, line, area]| {
            fill(OUTAGE, &[("why", why), ("day", day), ("from", from), ("to", to), ("line", line), ("area", area)])
        })),
        0
    );
}

#[test]
fn names_and_parties_keep_texts_apart() {
    assert_eq!(
        dropped(["顾一帆", "田小禾", "顾一凡", "孔小桂", "何小洋"].map(|name| fill(AWARD, &[("name", name)]))),
        0
    );
    let parties =
        ["中原明珠铸造股份有限公司", "北方永信铸造有限责任公司", "江南精密软件有限公司", "北方明珠铸造股份有限公司"];
    assert_eq!(dropped(parties.map(|name| fill(CONTRACT, &[("name", name)]))), 0);
}

#[test]
fn what_a_rule_says_keeps_texts_apart() {
    for (one, other) in [
        ("摊主应当公开进价。", "摊主不得公开进价。"),
        ("可以使用明火。", "禁止使用明火。"),
        ("行人从左侧通道进入。", "行人从右侧通道进入。"),
        ("摊位费每天三元。", "摊位费每天五元。"),
        ("每次服一袋。", "每次服半袋。"),
        ("押金三百元。", "押金三百万元。"),
        ("押金5元。", "押金5万元。"),
        ("管理费为3%。", "管理费为3‰。"),
        ("启动Ⅱ级响应。", "启动Ⅲ级响应。"),
        ("摊位≥6平方米。", "摊位＜6平方米。"),
        ("同意☑反对☐。", "同意☐反对☑。"),
        ("采用方案A。", "采用方案B。"),
        ("冷库保持－18℃。", "冷库保持18℃。"),
        ("定于2023-06-15 08:30在礼堂抽签。", "定于2023-07-21 14:00在礼堂抽签。"),
        ("摊位规格80×120厘米。", "摊位规格90×150厘米。"),
    ] {
        assert_eq!(dropped([one, other].map(|rule| fill(RULE, &[("rule", rule)]))), 0, "{one} {other}");
    }
}

#[test]
fn a_blank_form_goes_and_the_filled_ones_stay() {
    let blank = ["押金____元，自____年起。", "押金5000元，自2019年起。", "押金8000元，自2020年起。"];
    let lab = Lab::new();
    for (name, rule) in ["a.txt", "b.txt", "c.txt"].iter().zip(blank) {
        lab.put(name, fill(RULE, &[("rule", rule)]));
    }
    lab.run(0);
    let decisions: Vec<_> = lab.records("documents").iter().map(|document| document["decision"].clone()).collect();
    assert_eq!(decisions, ["drop", "keep", "keep"]);
}

#[test]
fn copies_with_the_noise_of_copying_still_go() {
    let text = fill(
        OUTAGE,
        &[("why", "线路改造"), ("day", "明天"), ("from", "八"), ("to", "五"), ("line", "河湾"), ("area", "河湾村")],
    );
    for copy in [
        text.replace("供电所计划", "供电所计戈")
            .replace("请予谅解", "请谅解")
            .replace("任何人", "任何何人")
            .replace("顺延", "顺廷"),
        text.replace("停电线路", "１、停电线路").replace('，', ","),
        format!("石桥网 > 通知公告\n{text}"),
        text.replace("做好", "作好"),
    ] {
        assert_eq!(dropped([text.clone(), copy.clone()]), 1, "{copy}");
    }
}

/// Several forms after one another: a text too long for its every word to be asked.
fn long(what: &str) -> String {
    let outage = fill(
        OUTAGE,
        &[("why", "检修"), ("day", "明天"), ("from", "八"), ("to", "五"), ("line", "河湾"), ("area", "河湾村")],
    );
    let rule = fill(RULE, &[("rule", what)]);
    format!(
        "{outage}{rule}{}{}",
        fill(AWARD, &[("name", "顾一帆")]),
        fill(CONTRACT, &[("name", "江南精密软件有限公司")])
    )
}

#[test]
fn what_one_place_of_a_long_text_says_keeps_it() {
    for (one, other) in [
        ("答案：√×√√×，×√×√×。", "答案：×√××√，√×√×√。"),
        ("检查结果：安全出口 √", "检查结果：安全出口 ×"),
        ("化验结果：抗原＋。", "化验结果：抗原－。"),
        ("每锅加½勺盐。", "每锅加⅓勺盐。"),
        ("选择题答案：ABCDA。", "选择题答案：BADCC。"),
        (
            "处理结果：经复查证据不足，撤销原处分，恢复名誉待遇。",
            "处理结果：给予留党察看处分，调离岗位，退赔全部款项。",
        ),
        ("会上陆振邦举报邱若兰。", "会上邱若兰举报陆振邦。"),
        ("冬季禁止采砂。", "冬季采砂。"),
        ("市场决定取消举办茶节。", "市场决定举办茶节。"),
    ] {
        assert_eq!(dropped([long(one), long(other)]), 0, "{one}");
    }
}

#[test]
fn characters_told_by_their_numbers_and_spaced_ones_are_the_same() {
    let text = long("全镇共有摊位184个。");
    let referred: String =
        text.chars().map(|c| if c == '\n' { c.to_string() } else { format!("&#{};", c as u32) }).collect();
    let spaced: String =
        text.lines().map(|line| line.chars().flat_map(|c| [c, ' ']).collect::<String>() + "\n").collect();
    assert_eq!(dropped([text.clone(), spaced]), 1);
    assert_eq!(dropped([text.replace("184", ""), referred.replace("&#49;&#56;&#52;", "")]), 1);
}

#[test]
fn the_sound_copy_outlives_the_broken_one() {
    let text = long("摊位应当亮证经营。");
    let chars: Vec<char> = text.chars().filter(|c| *c != '\n').collect();
    let wrapped: String = chars.chunks(23).map(|line| String::from_iter(line) + "\n\n").collect();
    let bare: String = text.chars().filter(|c| c.is_alphanumeric() || *c == '\n').collect();
    for broken in [wrapped, bare, String::from_iter(chars)] {
        let lab = Lab::new();
        lab.put("a.txt", broken);
        lab.put("b.txt", &text);
        lab.run(0);
        let kept =
            |name: &str| lab.records("documents").iter().any(|row| row["path"] == name && row["decision"] == "keep");
        assert!(kept("b.txt") && !kept("a.txt"));
    }
}

#[test]
fn an_answer_under_another_question_stays_and_a_section_that_stands_twice_goes() {
    let answer = "请持身份证到镇政务服务大厅三号窗口办理，窗口当场核验材料，材料齐全的当场受理，三个工作日内办结；材料不齐的一次告知，补齐以后优先办理。\
        办结以后由窗口电话通知，也可以选择邮寄送达，邮费由镇里承担。对办理结果有异议的，可以在十五日内向镇司法所申请复核，复核期间不影响已经办结的事项。\
        老人和行动不便的居民可以打电话预约上门办理，工作人员两人一组，出示证件。";
    let lab = Lab::new();
    lab.put("qa.txt", format!("办事问答\n种粮补贴怎么领？\n{answer}\n高龄津贴怎么领？\n{answer}\n"));
    lab.put("twice.txt", format!("便民说明\n{answer}\n以上说明张贴在各村公示栏，请大家互相转告。\n{answer}\n"));
    lab.run(0);
    let cut: Vec<String> =
        lab.records("removals").iter().filter_map(|row| row["path"].as_str().map(str::to_owned)).collect();
    assert_eq!(cut, ["twice.txt"]);
}
