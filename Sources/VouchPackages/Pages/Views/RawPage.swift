import VouchModel

/// A page that shows a preserved file, or a part of it.
struct RawPage: View {
  let book: Book
  let rendition: Rendition
  /// 1-based.
  let number: Int

  private var row: EvidenceRow { rendition.row }
  private var words: Words { book.words }

  static let fields: Fields<RawPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) { $0.frame },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: $0.base) },
    .text("name") { $0.row.provenance.name },
    .text("source") { $0.row.provenance.source },
    .text("format") { $0.row.format },
    .text("size") { $0.words.size($0.row.size) },
    .text("digest") { $0.row.digest.hex },
    .text("collectedAt") { $0.words.instant($0.row.provenance.collectedAt) },
    .text("href") { $0.base + $0.book.fileLink($0.row) },
    .text("file") {
      "evidence/" + PackageLayout.evidence($0.row).dropFirst("data/evidence/".count)
    },
    .text("indexHref") { $0.base + $0.book.evidenceAnchor($0.row) },
    .text("number") { $0.numberText },
    .list("pages", PageLink.self) { $0.pages },
    .flag("isText") { $0.content.kind == .lines },
    .flag("isJSON") { $0.content.kind == .json },
    .flag("isBinary") { $0.content.kind == .binary },
    .text("omitted") { page in
      let omitted = page.content.omitted
      return omitted > 0 ? page.words.number(omitted) : ""
    },
    .flag("isRepaired") { $0.content.isRepaired },
    .markup("lines") { $0.lines },
  ]

  /// Read when the page is rendered, so that no file stays in memory.
  let content: RawText

  /// From `data/rendered/<source>/` to `data/`.
  var base: String { "../../" }

  private var frame: PageFrame {
    PageFrame(
      book: book, title: row.provenance.name, base: base, root: "\(base)../",
      current: "evidence.html")
  }

  private var numberText: String {
    guard rendition.pages.count > 1 else { return "" }
    return words(
      .pageOf, ["n": words.number(number), "total": words.number(rendition.pages.count)])
  }

  private var pages: [PageLink] {
    guard rendition.pages.count > 1 else { return [] }
    return rendition.pages.enumerated().map { index, lines in
      let name = rendition.path(page: index + 1).split(separator: "/").last.map(String.init) ?? ""
      return PageLink(
        href: name,
        label: "\(words.number(lines.lowerBound + 1))–\(words.number(lines.upperBound))",
        isCurrent: index + 1 == number)
    }
  }

  /// One list item a line; a line that can be cited has its place as id.
  private var lines: Markup {
    let shown = content.lines[rendition.pages[number - 1].clamped(to: content.lines.indices)]
    var out = ""
    out.reserveCapacity(shown.reduce(0) { $0 + $1.text.utf8.count + 60 })
    var last = 0
    for line in shown {
      if line.number > last + 1, last > 0 { out += "<li class=\"cut\"><code>…</code></li>\n" }
      if line.number > 0 { last = line.number }
      let id =
        line.anchor.isEmpty ? "" : " id=\"\(EscapedHTML.escaped(Rendition.id(line.anchor)))\""
      let value = line.number > 0 ? " value=\"\(line.number)\"" : ""
      let text = VisibleText.clean(line.text, .many, limit: Rendition.lineLimit)
      out += "<li\(id)\(value)><code>\(EscapedHTML.escaped(text))</code></li>\n"
    }
    return Markup(out)
  }
}
