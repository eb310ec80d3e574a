//! Which line of a page's head may be the title, where no other line of the page repeats it.

use super::{COMPANY, SOURCE, STAMP};
use crate::clean::guards::{self, Guard};
use crate::clean::templates::Spot;
use crate::clean::view::View;
use crate::clean::wording::{Weigher, has_steps, titles};

/// Whether a line could be a title; an entry of minutes or of a notice is none.
pub(super) fn like(view: &View, spot: &Spot) -> bool {
    let text = view.fold(spot.line);
    guards::title_like(text) && guards::guard(text) != Some(Guard::Contact)
}

/// The lines that may be the title among those of a head that are not sure to be frame; `body` is the first line of the text.
pub(super) fn guesses(view: &View, spots: &[Spot], sure: &[bool], body: Option<usize>) -> Vec<usize> {
    let told = spots.iter().position(|spot| !spot.known() && spot.look.prose()).unwrap_or(spots.len());
    let head = &spots[..told];
    let mut weigher = Weigher::default();
    let weighed = head.iter().enumerate().filter(|(at, _)| !sure[*at]).map(|(at, spot)| {
        let text = view.fold(spot.line);
        (at, (text, weigher.weight(text)))
    });
    let mut found = titles(weighed);
    let may = |at: &usize| !sure[*at] && like(view, &spots[*at]);
    // Right above the last stamp.
    let stamped = |text: &str| STAMP.is_match(text) && SOURCE.is_match(text);
    let stamp = head.iter().rposition(|spot| stamped(view.fold(spot.line)));
    found.extend(stamp.and_then(|at| at.checked_sub(1)).filter(may));
    // Below the last trail.
    let trail = head.iter().rposition(|spot| has_steps(view.fold(spot.line)));
    found.extend(trail.and_then(|at| (at + 1..told.min(at + COMPANY)).find(may)));
    // What the text begins with.
    let first = spots.get(told).map(|spot| spot.line).or(body);
    let opening = first.map_or("", |line| view.fold(line).trim());
    found.extend((0..told).filter(may).find(|&at| opening.starts_with(view.fold(spots[at].line).trim())));
    found
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn titles_among_menus_without_a_second_copy_stay() {
        let menus = "返回首页\n搜索\n首页 | 财经 | 体育 | 娱乐 | 汽车 | 房产 | 科技\n明星\n美图\n影视\n音乐\n演出\n时尚\n旅游\n登录\n注册\n收藏本站\n[视频] 石桥灯会实拍\n·灯会幻灯 ·在线影院 ·新片快报 ·剧照 ·演出剧照 ·明星相册\n";
        let told =
            "2005-04-28 11:13更新 来源：石桥日报\n发表评论\n今\n日\n推\n荐\n专题\n名家\n图集\n点击排行\n打印\n收藏\n";
        let body = "石桥灯会今年搬到了河边，两岸挂了六百多盏纸灯，十里八乡的人都赶来看，一直看到半夜才散。\n灯是三个村的人扎的，扎了整整一个冬天，老人们说，比哪一年的都好看。\n";
        for title in ["灯会搬到河边 两岸纸灯六百(图)", "石桥灯会今年搬到了河边"] {
            let left = cleaned(&format!("{menus}{title}\n{told}{body}"));
            assert!(left.contains(title) && left.ends_with(body), "{left}");
        }
    }
}
