//! Every text of the pages, in Chinese and in English. Both stand in a page; its switch shows one.

use maud::{Markup, Render, html};

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Render for Text {
    fn render(&self) -> Markup {
        say(self.zh, self.en)
    }
}

/// Both languages of something put together.
pub fn say(zh: impl Render, en: impl Render) -> Markup {
    html! { span.zh lang="zh-Hans" { (zh) } span.en lang="en" { (en) } }
}

macro_rules! texts {
    ($($name:ident: $zh:literal, $en:literal;)*) => { $(#[allow(missing_docs)] pub const $name: Text = Text { zh: $zh, en: $en };)* };
}

texts! {
    COLON: "：", ": ";
    COMMA: "，", ", ";
    LISTED: "、", ", ";
    STOP: "。", ". ";
    OPEN: "（", " (";
    CLOSE: "）", ")";
    SKIP: "跳到正文", "Skip to the content";
    SUMMARY: "总览", "Summary";
    FIRST: "先看这些", "Look at these first";
    RULES: "规则", "Rules";
    THRESHOLDS: "阈值", "Thresholds";
    TITLE: "清理报告", "Clean-up report";
    INTRO: "这里说明每份文件为什么是现在这样。什么都没有丢：每处改动都记在 audit/ 里，用 dechaff restore 可以逐字节还原。", "This tells why each document is as it is. Nothing is lost: every change is recorded in audit/, and dechaff restore gives back the original bytes.";
    CHANGE: "和上次运行相比", "Change since the last run";
    NO_LAST: "没有上一次运行可比：这是第一次。", "There is no earlier run to compare with: this is the first.";
    FIGURE: "项目", "figure";
    LAST_RUN: "上次", "last run";
    THIS_RUN: "这次", "this run";
    DIFFERENCE: "变化", "change";
    GROUP_SIZE: "最大的副本组", "largest group of copies";
    HELD: "有人判断这样改是错的，所以没有改", "not changed, since a person held it wrong";
    FILES_IN: "读入文件", "files in";
    KEPT: "保留", "kept";
    DROPPED: "作为副本移除", "dropped as copies";
    QUARANTINED: "隔离（未清理）", "quarantined";
    CHARS_IN: "读入字符", "characters in";
    CHARS_OUT: "保留字符", "characters kept";
    CHARS_CUT: "剪掉字符", "characters cut";
    CHARS_DROPPED: "随副本移除的字符", "characters in dropped copies";
    JOINS: "修复断句", "breaks mended";
    PASSAGES_OUT: "剪掉的重复段落", "passages taken out";
    REVIEW: "待人工查看", "to review";
    WHERE: "字符去了哪里", "Where the characters went";
    BY_CLASS: "剪掉的字符，按类别", "Characters cut, by class";
    REPEATS_CUT: "重复段落", "repeated passages";
    DEBRIS_CUT: "网页残渣", "debris";
    BY_LABEL: "重复段落，按类型", "Repeated passages, by label";
    HISTOGRAMS: "相关文件的相似程度", "How alike related documents are";
    HIST_COVERAGE: "覆盖率（两个方向中较低的一个）", "coverage (the lower of both directions)";
    HIST_JACCARD: "Jaccard 相似度", "Jaccard similarity";
    SITES: "剪掉比例最大的来源", "Sources by share cut";
    SITE: "来源（第一层文件夹）", "source (first folder)";
    GROUPS: "最大的副本组", "Largest groups of copies";
    CONFIG: "本次运行的数据", "Run data";
    INPUT: "输入文件夹", "input folder";
    VERSION: "版本", "version";
    TIMES: "耗时和内存在 run.json 里。", "Times and memory are in run.json.";
    CLASS: "类别", "class";
    CHARS: "字符", "characters";
    SHARE: "比例", "share";
    DOCUMENTS: "文件数", "documents";
    HITS: "次数", "hits";
    SCOPE: "范围", "scope";
    LABEL: "类型", "label";
    COUNT: "数量", "count";
    NOTHING: "没有。", "Nothing.";
    TROUBLE: "隔离和待查看的文件", "Documents in quarantine or to review";
    DOCUMENT: "文件", "Document";
    DECISION: "决定", "decision";
    WHY: "原因", "why";
    PAIR: "两份文件对照", "Two documents side by side";
    GROUP: "副本组", "Group of copies";
    SURVIVOR: "留下的（左）", "Survivor (left)";
    LEFT_ONE: "对照（左）", "Compared with (left)";
    RIGHT_ONE: "另一份（右）", "The other (right)";
    REMOVED: "移除的（右）", "Removed (right)";
    RELATION: "关系", "relation";
    COVERAGE_A: "右边有多少也在左边", "of the right one found in the left";
    COVERAGE_B: "左边有多少也在右边", "of the left one found in the right";
    JACCARD: "Jaccard", "Jaccard";
    SIMHASH: "SimHash 距离（0-64）", "SimHash distance (0-64)";
    ACTION: "处理", "action";
    WON_OTHER: "为什么留下的是另一份", "Why the other one stays";
    WON: "为什么留下这一份", "Why this one stays";
    DIFFERENCES: "差别", "Differences";
    LEGEND: "怎么看", "How to read this";
    L_ONLY: "只在右边的文字：移除后失去的就是它", "text that only the right copy has: this is what its removal loses";
    L_ONLY_STAYS: "只在右边的文字", "text that only the right one has";
    L_LEFT: "只在左边的文字", "text that only the left one has";
    L_QUIET: "只是繁简或标点不同", "differs in script or punctuation only";
    L_MOVED: "两边都有，位置不同", "in both, in another place";
    L_GONE: "清理时已剪掉的残渣，不参与比较", "debris that was cut before, not compared";
    NEXT: "下一处（n）", "next (n)";
    PREV: "上一处（p）", "previous (p)";
    FOLDS: "全部展开 / 收起", "open / close all folds";
    RIGHT: "判断正确", "right";
    WRONG: "判断错误", "wrong";
    UNSURE: "不确定", "not sure";
    SAVE: "保存判断（verdicts.jsonl）", "Save verdicts (verdicts.jsonl)";
    SAVED: "个判断，存在这个浏览器里；键 1 2 3 作判断，n p 前后移动。", "verdicts, kept in this browser; keys 1 2 3 judge, n p move.";
    MEMBERS: "成员", "Members";
    STAYS: "留下", "stays";
    GOES: "移除", "goes";
    HAPPENED: "这份文件怎么了", "What happened to this document";
    MAP: "位置图：上面一行是剪掉的部分，下面一行是重复段落，弧线连着两份", "Map: the upper row is what was cut, the lower one repeated passages; arcs join the two copies";
    ORIGINAL: "原文和改动", "The original and its changes";
    D_CUT: "剪掉的文字，后面是规则名", "cut text, followed by the name of the rule";
    D_REPEAT: "剪掉的重复段落", "repeated passage that was cut";
    D_JOIN: "断句修复：去掉换行", "mended: the line break went";
    D_PASS: "重复出现的段落", "passage that stands in another place too";
    RELATED: "相关文件", "Related documents";
    COPIES_OF: "它的副本", "Group of copies";
    NO_TEXT: "这份文件没有作为文本读入，已原样放进 corpus/。", "This file was not read as text; it stands in corpus/ unchanged.";
    LENGTHS: "字符：读入 / 保留", "characters read / kept";
    ENCODING: "编码", "encoding";
    RESTORE: "还原", "restore";
    RULE: "规则", "rule";
    EXAMPLES: "例子", "Examples";
    TEMPLATES: "学到的模板", "Learned templates";
    TEMPLATES_HOW: "同一来源的许多不同文章在同一端共有的行。全部列在 OUT/audit/templates.toml：写上 apply = false 即停用一条，再用 dechaff run INPUT --out OUT --templates FILE 重跑。", "Lines that many different texts of a source have at the same edge. All stand in OUT/audit/templates.toml: apply = false strikes one out; run again with dechaff run INPUT --out OUT --templates FILE.";
    TEMPLATE: "模板", "template";
    EVIDENCE: "不同文章", "distinct texts";
    LINES: "行", "lines";
    TAKE_BACK: "撤销一条规则", "Taking a rule back";
    TAKE_BACK_HOW: "每条规则旁边的命令把它剪过的文件写进 FOLDER，它剪掉的都放回原处。要它以后不再起作用，在 --rules 的文件里写 disable = ['规则名']。只想留住个别几处，就在页面上判为错误，再用 dechaff verdicts OUT verdicts.jsonl --exceptions ex.jsonl。下面两条列出一条规则改过的每一处，还原一份文件的原始字节。", "The command beside each rule writes the documents it has cut into FOLDER, with what it took put back. To switch it off for later runs, write disable = ['its name'] into a file for --rules. To keep single places, judge them wrong on the pages and run dechaff verdicts OUT verdicts.jsonl --exceptions ex.jsonl. The commands below list each place a rule changed, and give back the original bytes of one document.";
    T_INTRO: "一次打分，多个切点：如果阈值不同，会有多少对文件、多少字符改变去留。这是估计：留下哪一份、数字不同和短文件的规则没有重新计算。", "One scoring, many cut-offs: how many pairs and characters would change sides if a threshold were another. An estimate: who survives, differing numbers and the rule for short texts are not worked out again.";
    T_COPY: "副本阈值（现在 0.90）", "Threshold for copies (now 0.90)";
    T_REPEAT: "文件内重复段落的长度阈值（现在 150）", "Length from which a repeat within a document is cut (now 150)";
    T_CUTOFF: "阈值", "cut-off";
    T_PAIRS: "达到的对数", "pairs at or above";
    T_DOCS: "会被移除的文件", "documents that would go";
    T_CHARS: "会被移除的字符", "characters that would go";
    T_FLIP: "与现在相比（文件）", "against now (documents)";
    T_FLIPC: "与现在相比（字符）", "against now (characters)";
    T_PASSAGES: "达到的段落", "passages at or above";
    T_SYMBOLS: "字和字母", "letters and Han";
    LESS_SHOWN: "没有全部显示；audit/ 里是完整的。", "Not all is shown; audit/ is complete.";
    NO_PAGES: "运行 dechaff report OUT --report full 可以生成所有决定的页面。", "dechaff report OUT --report full makes the pages of all decisions.";
    OWN_WORDS: "移除的副本，自己独有的字最多", "copy that went with most words of its own";
    ALL_PAGES: "全部文件，每份有变化的都有一页", "All documents; each that something happened to has a page";
    LIST: "全部文件", "All documents";
    LIST_INTRO: "输入的每份文件，按文件夹排列。有改动、有副本或与别的文件相关的，名字连到它的一页。", "Every document of the input, by folder. The name of each that something happened to leads to its page.";
    FILTER: "按路径筛选", "filter by path";
    FILTER_PAGE: "按路径筛选（这一页；换页时保留）", "filter by path (this page; kept on the others)";
    HAPPENED_SHORT: "怎么了", "what happened";
    V_CHANGED: "有改动", "changed";
    ABOVE: "刚过副本阈值", "just above the threshold for copies";
    BELOW: "差一点到副本阈值", "just below the threshold for copies";
    VERSION_EDGE: "刚到版本阈值（0.70）", "just above the threshold for versions (0.70)";
    BIG_GROUP: "最大的副本组", "largest group of copies";
    LONG_CUT: "剪掉的长残渣", "long debris that was cut";
    LONG_PASSAGE: "剪掉的长重复段落", "long repeated passage that was cut";
    LOST_MOST: "失去比例最大的文件", "document that lost most";
    LEFT_WHOLE: "留着待查看", "left for review";
    NUMBERS: "只有数字不同", "numbers differ";
    CONTAINED: "一份收在另一份里（0.90 起），离界线最近的", "a compilation: one text stands in another (from 0.90), nearest to that edge";
    SHARE_OF_PART: "所收的那份有多少在另一份里", "share of the first that stands in the second";
    REPEAT_ABOVE: "刚够长而剪掉的重复", "repeat just long enough to be cut";
    REPEAT_BELOW: "不够长而留下的重复", "repeat just too short to be cut";
    RARE_RULE: "证据最少的规则或模板", "rule or template with least evidence";
    F_INTRO: "按固定种子抽取的决定，先列拿走了独有文字的，再列靠近阈值的、影响最大的、证据最少的，最后列什么也没拿走的。看完这些就能判断这次清理是否可信。", "Decisions drawn with a fixed seed: first what took words of its own, then what is near a threshold, of most effect or with least evidence, last what took nothing. Whoever has seen these can judge the clean-up.";
    W_PREFER: "它在优先路径下（--prefer）。", "It lies under a preferred path (--prefer).";
    W_DAMAGE: "两份一样长，它的损伤（断句、空格代字、乱码）更少。", "Both are equally long, and it is less damaged (torn sentences, blanks, stray characters).";
    W_PATH: "两份一样长、一样完好，它的路径排在前面。", "Both are equally long and sound, and its path comes first.";
    LEAD_COPY: "右边这份是左边那份的副本，已移除；左边的留在语料里。", "The right document is a copy of the left one and was taken out; the left one stays in the corpus.";
    LEAD_PART_GONE: "右边这份几乎全部包含在左边那份里，已移除；左边的留在语料里。", "Nearly all of the right document stands in the left one, and it was taken out; the left one stays in the corpus.";
    LEAD_PART: "右边这份几乎全部包含在左边那份里，左边还有更多内容。只作报告，两份都保留。", "Nearly all of the right document stands in the left one, which holds more. This is only reported: both stay.";
    LEAD_NUMBERS: "两份只有数字等细节不同。数字不同就不是副本，两份都保留。", "The two differ in hardly more than numbers. Other numbers make another text: both stay.";
    LEAD_NEGATION: "两份几乎相同，但一份说了“不”“未”之类，另一份没有。意思可能相反，两份都保留。", "Hardly anything differs, but one has a 不 or 未 where the other has none and may say the contrary: both stay.";
    LEAD_WORD: "两份几乎相同，但有个词换成了别的，多半是人名、地名或数目。同一格式的另一份文件，两份都保留。", "Hardly anything differs, but a word is another, such as a name: the same form, another text. Both stay.";
    LEAD_PASSAGE: "两份几乎相同，但其中一份中间有一段是另一份没有的。两份都保留。", "Hardly anything differs, but inside one has a passage that the other lacks: both stay.";
    LEAD_VERSION: "两份是同一篇的不同版本，还不够像，不算副本。只作报告，两份都保留。", "Two versions of one text, not alike enough to be copies. This is only reported: both stay.";
    LEAD_SIDE: "两份相像，但这一对没有决定什么：去留由各自和留下的那份的比较决定。", "The two are alike, but this pair decided nothing: what became of each was decided against the document that stays.";
    LEAD_HELD: "两份够像，本来会移除右边这份；有人判断那样是错的，所以两份都保留。", "The two are alike enough for the right one to go, but a person held that wrong: both stay.";
    CURVE_DOCS: "会被移除的文件数（纵轴），随阈值（横轴）；虚线是现在的阈值", "Documents that would go (upright) by threshold; the dashed line is the threshold in use";
    CURVE_CHARS: "会被移除的字符数", "Characters that would go";
    CURVE_PASSAGES: "达到的段落数（纵轴），随长度（横轴）", "Passages at or above (upright) by length";
    P_SECTION: "它就是所在那一篇的全部内容，剪掉的那份只是另一篇里的一段", "it is the whole of its part, while the cut copy was only a piece of its part";
    P_DAMAGE: "它损伤较少（断句、杂散字符）", "it is less damaged (torn sentences, stray characters)";
    P_FIRST: "两份一样好，它在前面", "both are equally good, and it comes first";
    P_ORDER: "剪掉它会切断句子", "cutting it would have split a sentence";
    S_WITHIN: "同一文件内", "within a document";
    SHARED: "与其他文件共有的段落，只作报告", "passages shared with other documents, reported only";
    S_ACROSS: "跨文件", "across documents";
    V_EXACT: "完全相同", "exact";
    V_NEAR: "近似", "near";
    V_NUMBERS: "数字不同", "numbers differ";
    V_FORMULA: "套话", "formula";
    V_CONTAINED: "包含", "contained";
    V_DROP: "移除", "dropped";
    V_FLAG: "只报告", "reported";
    V_KEEP: "保留", "kept";
    V_UNIQUE: "没有别的文件是它的副本", "no other document is a copy of it";
    V_SURVIVOR: "它有副本，留下的是这份", "it has copies, and this is the one that stays";
    COVERAGE: "覆盖率", "coverage";
    V_QUARANTINE: "隔离", "quarantined";
}

/// A plain name of the records (class, label, relation, decision, action) in both languages.
pub fn of(name: &str) -> Markup {
    let text = match name {
        "exact" => V_EXACT,
        "near" => V_NEAR,
        "numbers-differ" => V_NUMBERS,
        "formula" => V_FORMULA,
        "contained" => V_CONTAINED,
        "drop" => V_DROP,
        "flag" => V_FLAG,
        "keep" => V_KEEP,
        "quarantine" => V_QUARANTINE,
        "within" => S_WITHIN,
        "across" => S_ACROSS,
        "unique" => V_UNIQUE,
        "survivor" => V_SURVIVOR,
        name => return say(class(name).unwrap_or(name), name),
    };
    text.render()
}

fn class(name: &str) -> Option<&'static str> {
    Some(match name {
        "nav" => "导航",
        "meta" => "来源日期行",
        "intro" => "编者导语",
        "seo" => "搜索填充段",
        "disclaimer" => "免责声明",
        "share-box" => "分享框",
        "page-marker" => "页码标记",
        "compilation-frame" => "合集外框",
        "title-repeat" => "重复标题",
        "related" => "相关文章",
        "pagination" => "翻页",
        "torn-link" => "断裂的链接词",
        "foreign-anchor" => "外来锚文本",
        "stray-character" => "杂散字符",
        "forum-noise" => "论坛杂讯",
        "random-block" => "随机插入块",
        "pinyin-gloss" => "拼音注音",
        "conversion-damage" => "转换损伤",
        "control-debris" => "标记残留",
        "truncation" => "截断提示",
        "advertising" => "广告",
        "share" => "分享",
        "tags" => "标签",
        "credit" => "署名来源",
        "window-tools" => "窗口工具",
        "footer" => "页脚",
        "verdict" => "评语",
        "placeholder" => "占位",
        "layout" => "版面断行",
        "doubled-text" => "叠字",
        "repeat" => "重复段落",
        "empty" => "空",
        "review" => "待查看",
        "undecodable" => "无法解码",
        "binary" => "二进制",
        "too-large" => "过大",
        "unreadable" => "无法读取",
        _ => return None,
    })
}

/// Lines of a document.
pub fn lines(first: u64, last: u64) -> Markup {
    if first == last {
        say(format!("第 {first} 行"), format!("line {first}"))
    } else {
        say(format!("第 {first}-{last} 行"), format!("lines {first}-{last}"))
    }
}

/// Why the fuller text stays.
pub fn fuller(survivor: u64, copy: u64) -> Markup {
    say(
        format!("清理后它更完整：{survivor} 个字与数字，另一份 {copy} 个。"),
        format!("Its clean text is fuller: {survivor} letters, Han and numbers, the other one has {copy}."),
    )
}

/// What a fold hides.
pub fn folded(chars: usize, quiet: usize) -> Markup {
    let (mut zh, mut en) = (format!("… {chars} 个相同的字符"), format!("… {chars} equal characters"));
    if quiet > 0 {
        zh += &format!("（其中 {quiet} 句只有繁简、标点或位置不同）");
        en += &format!(" ({quiet} sentences differ in script, punctuation or place)");
    }
    say(zh, en)
}

/// How much differs between two texts of which the right one goes, or both stay.
pub fn counts(goes: bool, places: usize, right: usize, left: usize, quiet: usize, moved: usize) -> Markup {
    let (lost_zh, lost_en) =
        if goes { ("（移除后失去的就是这些）", " (what its removal loses)") } else { ("", "") };
    say(
        format!(
            "{places} 处不同。只在右边的：{right} 个字符{lost_zh}；只在左边的：{left}；只是繁简或标点不同：\
             {quiet}；位置不同：{moved}。"
        ),
        format!(
            "{} Only in the right one: {right} characters{lost_en}; only in the left one: {left}; \
             different in script or punctuation: {quiet}; in another place: {moved}.",
            if places == 1 { "1 place differs.".to_owned() } else { format!("{places} places differ.") }
        ),
    )
}

/// The run before this one.
pub fn last_run(number: u64, started: &str) -> Markup {
    say(
        format!("上次是第 {number} 次，{started} 开始。"),
        format!("The last run was number {number}, begun {started}."),
    )
}

/// What was new to a run.
pub fn fresh(new: u64, known: u64) -> Markup {
    let (new, known) = (crate::summary::group(new), crate::summary::group(known));
    say(
        format!("重新处理的文件：{new}；沿用上次结果的：{known}。"),
        format!("Files worked on anew: {new}; known from before: {known}."),
    )
}

/// How many sections of a document stood twice.
pub fn doubled(sections: usize) -> Markup {
    say(
        format!("这份文件里有 {sections} 段文字出现了两次；每段剪掉一份，留下一份："),
        match sections {
            1 => "One section of this document stood twice; one copy of it was cut, the other stays:".to_owned(),
            n => format!("{n} sections of this document stood twice; one copy of each was cut, the other stays:"),
        },
    )
}

/// What only a removed copy had.
pub fn own_words(chars: u64) -> Markup {
    let chars = crate::summary::group(chars);
    say(format!("约 {chars} 个字符只有它有。"), format!("About {chars} characters stand in it only."))
}

/// What a group is.
pub fn one_text(members: usize) -> Markup {
    say(
        format!("{members} 份文件是同一篇文字：留下一份，移除 {} 份。", members.saturating_sub(1)),
        match members.saturating_sub(1) {
            1 => format!("{members} documents hold one text: one stays, 1 was taken out."),
            gone => format!("{members} documents hold one text: one stays, {gone} were taken out."),
        },
    )
}

/// A fold of further related documents.
pub fn more(documents: usize) -> Markup {
    say(format!("… 另外 {documents} 份"), format!("… {documents} more"))
}

/// A fold of text that nothing happened to.
pub fn untouched(lines: usize, chars: usize) -> Markup {
    say(
        format!("… {lines} 行没有改动（{chars} 个字符）"),
        format!("… {lines} lines without a change ({chars} characters)"),
    )
}

/// A fold inside a long passage.
pub fn inside(lines: usize, chars: usize) -> Markup {
    say(
        format!("… 同一处剪掉的 {lines} 行（{chars} 个字符）"),
        format!("… {lines} more lines of the same cut ({chars} characters)"),
    )
}

/// A fold inside a long passage that stays.
pub fn standing(lines: usize, chars: usize) -> Markup {
    say(
        format!("… 同一段重复文字的 {lines} 行，留着（{chars} 个字符）"),
        format!("… {lines} more lines of the same passage, which stays ({chars} characters)"),
    )
}

/// How much of two documents stands in the other one.
pub fn shares(theirs: &str, mine: &str) -> Markup {
    say(
        format!("那份的 {theirs} 在这份里，这份的 {mine} 在那份里。"),
        format!("{theirs} of that one stands in this one, {mine} of this one in that one. "),
    )
}

/// How many rows of how many stand in a table.
pub fn of_all(rows: usize, total: u64) -> Markup {
    say(format!("前 {rows} 条，共 {total} 条。"), format!("The first {rows} of {total}."))
}
