"""Thirty invented sites and the debris each puts around a text."""

from __future__ import annotations

from random import Random
from typing import Callable

BRANDS = """青桐 墨禾 书岸 文溪 百砚 千帆 云笺 知行 小满 竹间 拾穗 晓窗 春晖 言川 秉烛 南枝 北斗 芸香 闻笛 笔耕 锦瑟 长亭 远山 望舒 听雨
采薇 临池 汲泉 如故 同舟""".split()
SLUGS = """qingtong mohe shuan wenxi baiyan qianfan yunjian zhixing xiaoman zhujian shisui xiaochuang chunhui yanchuan bingzhu
nanzhi beidou yunxiang wendi bigeng jinse changting yuanshan wangshu tingyu caiwei linchi jiquan rugu tongzhou""".split()
KINDS = ["范文网", "文档库", "公文站", "资料网", "文秘网"]
SECTIONS = ["讲话", "总结", "发言稿", "心得体会", "方案", "范文", "报告", "演讲"]
BARE_HOSTS = [f"zhengwu-{i:02d}.example" for i in range(10)]
HOSTS = [f"{slug}.example" for slug in SLUGS]

NAVIGATION = [
    "您的位置：首页 > {section} > 正文", "首页>>{section}>>{brand}精选>>正文", "当前位置： {name} > {section} > 浏览文章",
    "首页 | {section} | 公文 | 专题 | 会员中心", "",
]
META = [
    "发布时间：{date}　来源：{name}　作者：{author}　浏览：{views}次", "时间:{date} 来源:网络 点击:{views}次 字号:[大 中 小]",
    "{date} 作者：admin 阅读：{views}", "文章来源：{name}|更新时间：{date}|人气：{views}", "上传日期：{date}  文档编号：{views}  格式：docx  页数：{pages}页",
    "发布：{author} 日期：{date} {clock}",
]
INTROS = [
    "以下是{name}小编为大家整理的《{title}》，仅供参考，欢迎阅读！", "下面是小编给大家带来的{title}，希望对大家有所帮助。",
    "导语：{title}一文来源于网友上传，不代表本站观点，请阅读后酌情使用。", "小编为你整理了多篇相关的《{title}》，但愿对你工作学习有帮助，当然你在{name}还可以找到更多。",
    "《{title}.docx》由会员分享，可在线阅读，更多相关《{title}》请在{name}上搜索。", "", "这里是{brand}为您收集的{section}范文，供您参考和借鉴。",
]
RELATED = ["相关文章：", "猜你喜欢：", "您可能还感兴趣的文章", "推荐阅读", "热门排行", "扩展阅读："]
SHARE = ["分享到：微信 微博 QQ空间", "扫一扫，关注{name}公众号", "【打印本页】【关闭窗口】【返回顶部】", "收藏 | 举报 | 打印", ""]
FOOTERS = [
    "版权所有 © {name} www.{host} 备{views}号", "本站内容均来自用户上传，如有侵权请联系{name}客服删除。",
    "Copyright © {brand}{section}　投稿邮箱：tougao@{host}", "以上就是{title}的全部内容，更多{section}尽在{name}。\n本文链接：http://www.{host}/{views}.html",
    "关于我们 | 联系方式 | 网站地图 | 友情链接\n{name}　http://www.{host}",
]


def wrap(site: int, section: str, title: str, body: list[str], titles: Callable[[], str], rng: Random) -> tuple[list[str], dict]:
    """The lines of a page of that site, and how many of them at its head and tail are debris."""
    layout = Random(site * 31 + 5)  # the same shape for every page of a site
    navigation, meta, intro, related, share, footer = (
        layout.choice(x) for x in (NAVIGATION, META, INTROS, RELATED, SHARE, FOOTERS)
    )
    listed, mark = layout.randrange(3, 8), layout.choice(["", "- ", "· ", "▪ "])
    neighbours, repeat_title = layout.random() < 0.5, layout.random() < 0.5
    brand = BRANDS[site]
    facts = {
        "brand": brand, "name": brand + layout.choice(KINDS), "host": HOSTS[site], "section": section, "title": title,
        "date": f"{rng.randrange(2009, 2026)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
        "clock": f"{rng.randrange(24):02d}:{rng.randrange(60):02d}", "views": rng.randrange(100, 99999),
        "pages": rng.randrange(2, 40), "author": rng.choice(["admin", "编辑部", "管理员", "佚名", "投稿用户"]),
    }
    head = [navigation.format(**facts)] if navigation else []
    head.append(title)
    head += [meta.format(**facts)] + ([intro.format(**facts)] if intro else [])
    if repeat_title:
        head.append(title)
    tail = []
    if neighbours:
        tail += ["上一篇：" + titles(), "下一篇：" + titles()]
    tail += [related, *(mark + titles() for _ in range(listed))]
    tail += [share.format(**facts)] if share else []
    tail += footer.format(**facts).split("\n")
    return head + body + tail, {"site": site, "head_lines": len(head), "tail_lines": len(tail)}
