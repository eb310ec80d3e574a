//! Signs of a web page. Texts of a series share lines of their own (letterheads, instructions, closing words), so
//! being shared is no proof: a frame also speaks of pages, or bears the name of a site that does.

use super::Template;
use crate::clean::fold::{fixed, fold};
use crate::key;
use crate::learn::look::Look;
use regex::Regex;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Symbols of the shortest name.
const NAME: usize = 3;
/// Lines of a folder's templates that must have it.
const NAMED: usize = 2;

static SIGN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"首页|主页|登录|登陆|登出|注册|网站|本网|官网|网友|网址|网页|https?:|www\.|[a-z0-9-]{2,}\.(?:com|cn|net|org|example)\b|(?:浏览|点击|阅读|阅览|点阅|人气|热度|查看|下载|评论|回复|播放|访问|被引用|view|hits?)(?:次数|量|数|人数)?\s*[：:(（]?\s*\d|\d\s*(?:次浏览|次阅读|人阅读|人看过|人气|留言|评论|人参与|人跟贴|条评论|积分)|浏览量|点击[量榜率]|^(?:上|下|前|后)一?(?:篇|条|页|章|期)\s*(?:[：:]|$|\s)|^(?:prev|next)\b|分享(?:到|至|按钮|此文|给好友|$)|^分享|(?:加入|我要)收藏|收藏(?:本[文页站]|此文|$|[】\]])|^收藏|打印(?:本[文页]|$|[】\]])|字号|字体[：:]|返回(?:首页|顶部|列表|上级|上一级|目录)|^返回$|关闭(?:窗口|$|[】\]])|下载(?:本|客户端|地址|$|[（(])|^下载|点赞|扫一扫|扫码|长按(?:识别|二维码)|订阅$|投稿(?:$|邮箱|须知|信箱)|发(?:新)?帖|回帖|跟帖|顶帖|楼主|^沙发|版权(?:所有|声明|归)|©|copyright|all rights|powered|备案(?:号|证)|icp|(?:在线|联系)客服|客服(?:电话|微信|时间)|会员(?:登录|中心|专享|注册|价)|vip|app\b|客户端|公众号|小程序|微信(?:号|扫|好友|同号)|(?:相关|推荐|热门|热点|最新|近期|本月|今日|同类|往期|更多)(?:阅读|链接|文章|新闻|推荐|更新|排行|专题|内容|公告|好稿|图文)|排行榜?$|还(?:看了|下了|关心|在看)|都在看[：:]?$|在搜|热搜|热词|录入(?:员|：|:)|责任编辑|责编|当前位置|所在位置|当前栏目|(?:您|你)(?:现在|当前)?(?:在|的位置)[：:]|(?:网|在线|文库|书库|资料库)$|导航$|放大 缩小|网络版|数字报|电子版|镜像|浏览器|网管|本站|站内|全文检索|资料检索|\brss\b|打赏|月票|催更|本章字数|(?:阅读|翻页)模式|上传日期|^words?:|draft saved|last (?:edited|updated|modified)|cite this|^rights:|^tags?:|^categories:|permalink|urlname|:\s*(?:true|false)$|★★|»|＞.+＞| > .+ > |&gt;",
    )
});

/// A title with the name of the page's site beside it.
static TITLED: LazyLock<Regex> = LazyLock::new(|| fixed(r"\{title\}\s*[_|｜–—-]\s*\S|\S\s*[_|｜»>]\s*\{title\}"));

/// A folder and symbols of a name.
type Name<'t> = (Option<&'t str>, [u16; NAME]);

/// Whether a line of a template speaks of pages.
pub fn speaks(line: &str) -> bool {
    let folded = fold(line);
    let look = Look::of(&folded);
    !look.prose() && (SIGN.is_match(&folded) || TITLED.is_match(&folded) || look.bars() >= 2 && look.menu())
}

/// For each line of each template, whether it speaks of pages or bears the name of the site.
pub fn signed(templates: &[Template]) -> Vec<Vec<bool>> {
    let spoken: Vec<Vec<bool>> =
        templates.iter().map(|template| template.lines.iter().map(|line| speaks(&line.text)).collect()).collect();
    let mut names: HashMap<Name, (usize, bool)> = HashMap::new();
    for (template, spoken) in templates.iter().zip(&spoken) {
        for (line, spoken) in template.lines.iter().zip(spoken) {
            for gram in grams(&line.text) {
                let name = names.entry((template.folder.as_deref(), gram)).or_default();
                *name = (name.0 + 1, name.1 | spoken);
            }
        }
    }
    let named = |folder: Option<&str>, text: &str| {
        grams(text).iter().any(|gram| names.get(&(folder, *gram)).is_some_and(|name| name.0 > NAMED && name.1))
    };
    templates
        .iter()
        .zip(spoken)
        .map(|(template, spoken)| {
            let lines = template.lines.iter().zip(spoken);
            lines.map(|(line, spoken)| spoken || named(template.folder.as_deref(), &line.text)).collect()
        })
        .collect()
}

fn grams(text: &str) -> HashSet<[u16; NAME]> {
    key::key(text).symbols.windows(NAME).filter_map(|window| window.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_speak_and_series_do_not() {
        for line in
            ["首页 > 要闻", "{title}_青石网", "阅读：123 次", "【打印】 【关闭】", "首页 | 新闻 | 论坛", "上一篇：春耕"]
        {
            assert!(speaks(line), "{line}");
        }
        for line in [
            "青石县人民政府文件",
            "青政发〔2021〕8号",
            "抄送：县委各部门",
            "注意事项",
            "上回说到，众人歇脚",
            "审判长 石小青",
        ] {
            assert!(!speaks(line), "{line}");
        }
    }
}
