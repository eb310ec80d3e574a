//! Rows of a page's controls: words that a reader clicks on, and their counts.

use super::Detector;
use crate::clean::fold::fold;
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::clean::zones::Section;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Longest row, in bytes.
const ROW: usize = 240;
/// Controls that make a row at the edge of a text.
const CONTROLS: usize = 2;
/// Controls that make a row between paragraphs, and with their counts anywhere.
const SURE: usize = 3;

/// What pages let a reader do. One word is often genuine; nobody writes a line of several of them.
const WORDS: &str = "打印 打印本页 打印此页 列印 转发 转载 收藏 收藏本页 收藏本文 加入收藏 纠错 举报 分享 分享到 一键分享 评论 网友评论 \
     发表评论 写评论 查看评论 跟帖 跟贴 点赞 赞 踩 顶 喜欢 不喜欢 阅读 浏览 浏览量 阅读量 点击 人气 热度 关注 取消关注 已关注 订阅 推荐 \
     推荐给朋友 推荐给好友 复制链接 复制网址 复制地址 复制全文 放大 缩小 放大字体 缩小字体 默认 默认字体 朗读 语音朗读 播放 自动播放 暂停 全屏 \
     字号 字体 字体大小 大 中 小 大号 中号 小号 超大 标准 编辑 播报 讨论 上传视频 编辑本段 回复 引用 只看楼主 倒序浏览 楼主 沙发 板凳 电梯直达 \
     上一篇 下一篇 上一条 下一条 上一页 下一页 上一章 下一章 上页 下页 返回 返回列表 返回顶部 返回首页 回到顶部 首页 末页 尾页 目录 关闭 关闭窗口 \
     登录 登陆 注册 免费注册 立即注册 忘记密码 退出 会员中心 个人中心 下载 普通下载 高速下载 点此下载 立即下载 免费下载 本地下载 下载地址 投诉 \
     投诉建议 意见反馈 在线客服 联系客服 客服 在线咨询 免费电话回拨 点击咨询医生 用户名 密码 验证码 看不清 看不清换一张 换一张 匿名发表 匿名 提交 \
     提交评论 发布 搜索 站内搜索 高级搜索 查询 更多 展开 展开全文 收起 显示全部 阅读全文 微信 微博 新浪微博 腾讯微博 朋友圈 空间 好友 贴吧 豆瓣 知乎 \
     头条 今日头条 脸书 邮件 短信 短网址 line facebook twitter weibo wechat 扫一扫 二维码 手机版 电脑版 触屏版 客户端 打开 小程序 公众号 简体 繁体 简体版 繁体版 繁体中文 简体中文 \
     中文版 英文版 english 中文 无障碍 无障碍浏览 关怀版 长者模式 夜间模式 护眼模式 加书签 加入书架 加入书签 投推荐票 投月票 章节目录 上一章节 \
     正文 满分 参与人数 威望 打赏 赞赏 鲜花 鸡蛋 送花 献花 扔鸡蛋 评分 打分 好评 差评 收起全文 设为首页 网站地图 联系我们 关于我们 帮助中心 帮助 top rss vip qq 再看 在看 \
     举报文章 投稿 我要投稿 在线投稿 最新评论 热门评论 全部评论 排行榜 已投稿到 转播 返回上页 返回前页 返回列表 顶部 使用道具 发新帖 发帖 快捷键 夜间 白天 简 繁 友善列印 转寄朋友 回到页首 列印此页 打印本稿 我要收藏 收藏本帖 只看精华 设为星标 QQ空间 QQ好友 转藏本文 回到上级栏目 本页二维码 加入收藏夹 a 转发到 转到 订阅本站 转藏 献花 馆藏 书签 \
     听全文 听新闻 倍速 女声 男声 阅读模式 只看大图 赞一个 踩一下 打赏作者 收藏此页 我要纠错 我要反馈 下载本文 下载Word版 下载PDF版 VIP免费 已售 字数 \
     字号变大 字号变小 打印本文 定时关闭 播放列表 换一篇看看 随机一篇 手机访问 来访次数 浏览次数 阅读次数 点击次数 下载次数 人点赞 返回顶端 点个在看 在线留言 \
     查看完整内容 查看全部 全文阅读 分页导航 提交时间 发表于 更新于 显示全部楼层 查看大图 举报反馈 加入清单 自动播放 重播 静音 弹幕";

static CONTROL: LazyLock<HashSet<String>> =
    LazyLock::new(|| fold(WORDS).split_whitespace().map(str::to_owned).collect());

/// Cuts rows of controls at the edges of the parts of a text.
pub fn detect(view: &View, sections: &[Section], marks: &mut Marks) {
    for section in sections {
        for line in section.lines.clone() {
            let text = view.fold(line);
            if text.len() > ROW || view.blank(line) || marks.gone(line) || guards::options(text) {
                continue;
            }
            let Some(row) = row(text) else { continue };
            let edge = line < section.body || line >= section.tail;
            let prose =
                |near: Option<usize>| near.is_some_and(|near| guards::prose(view.fold(near)) && !marks.gone(near));
            let between =
                prose(view.prev_full(line, section.lines.start)) && prose(view.next_full(line, section.lines.end));
            let sure = row.controls >= SURE && (row.counts || row.framed);
            if sure || (edge && row.controls >= if between { SURE } else { CONTROLS }) {
                marks.drop_line(line, Detector::ControlRow);
            }
        }
    }
}

struct Row {
    /// Different controls.
    controls: usize,
    /// There are numbers beside them.
    counts: bool,
    /// Each of them stands in brackets.
    framed: bool,
}

/// A line of nothing but controls and counts.
fn row(text: &str) -> Option<Row> {
    const PARTS: &str = "￥¥▶▷♥♡|｜丨┊┆/·•・,，、:：>»›<«‹()（）[]【】{}▼▲↑↓←→+＋-－—~～*…○●?？!！";
    if text.contains(['。', '；', '“', '《']) {
        return None;
    }
    let mut found: Vec<&str> = Vec::new();
    let mut counts = false;
    for word in text.split(|c: char| c.is_whitespace() || PARTS.contains(c)) {
        let bare = word.trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '%' | '+'));
        let bare = bare.trim_end_matches(['次', '人', '条', '万', '分', '份', '字', 'x']);
        let bare = bare.trim_end_matches(|c: char| c.is_ascii_digit());
        counts |= word.bytes().any(|b| b.is_ascii_digit());
        if bare.is_empty() {
            continue;
        }
        let word = if CONTROL.contains(word) { word } else { bare };
        let known = CONTROL.contains(word) || (word.is_ascii() && CONTROL.contains(&word.to_ascii_lowercase()));
        if !known {
            return None;
        }
        if !found.contains(&word) {
            found.push(word);
        }
    }
    // 大 中 小 are words of their own without more.
    let said = found.iter().any(|word| word.chars().count() > 1);
    let framed = text.matches(['[', '【', '［']).count() >= found.len();
    said.then_some(Row { controls: found.len(), counts, framed })
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "同志们：\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。\n谢谢大家！\n";

    #[test]
    fn rows_of_controls_go() {
        for row in [
            "[ 顶部 ] [ 返回 ] [ 繁 / 简 ] [ 夜间 ]",
            "(快捷键:←) 上一章 章节目录 下一章 (快捷键:→)",
            "A- A A+　友善列印　轉寄朋友",
            "【返回上页】 【打印】 【TOP】",
            "回复 使用道具 举报",
            "阅读(1180)┊ 评论 (42)┊ 收藏(3) ┊转载(1) ┊ 喜欢▼ ┊打印┊举报",
            "打印 转发 收藏 纠错 字号 +大 -小",
            "用户名: 验证码: 看不清?换一张 匿名发表",
            "放大+ 缩小- 默认○ 朗读",
            "收藏本頁 推薦給朋友 繁體 簡體",
            "3 上一篇 下一篇 4",
            "听全文 倍速 1.0x 女声 00:00 / 05:16",
            "下载本文 ￥3.00 VIP免费 已售 217 份",
            "提交时间:2016/4/2 9:20:11  来访次数:774  【收藏此页】【我要纠错】",
            "赞一个(18) 踩一下(2) 收藏(6) 打赏作者",
        ] {
            assert_eq!(
                cleaned(&format!("在春季造林动员会上的讲话\n{BODY}{row}\n")),
                format!("在春季造林动员会上的讲话\n{BODY}"),
                "{row}"
            );
            assert_eq!(
                cleaned(&format!("在春季造林动员会上的讲话\n{row}\n{BODY}")),
                format!("在春季造林动员会上的讲话\n{BODY}"),
                "{row}"
            );
        }
    }

    #[test]
    fn words_of_an_author_stay() {
        for line in [
            "打印 复印 传真",
            "阅读",
            "登录系统 提交材料",
            "分享：我的读书方法",
            "评论：一件小事",
            "目录",
            "关注 关心 关爱",
        ] {
            let text = format!("{BODY}{line}\n");
            assert_eq!(cleaned(&text), text, "{line}");
        }
    }
}
