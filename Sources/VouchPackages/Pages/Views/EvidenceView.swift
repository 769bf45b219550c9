import VouchModel

/// One item of evidence with its custody: everything AT-C 205 lets an auditor ask of information
/// produced by the entity.
struct EvidenceView: Row {
  let book: Book
  let base: String
  let row: EvidenceRow

  private var words: Words { book.words }
  private var provenance: Provenance { row.provenance }

  static let tableFields = TablePart<EvidenceView>.make()
  static let fields: Fields<EvidenceView> = [
    .text("id") { $0.book.evidenceIDs[$0.row.evidence] ?? "" },
    .text("name") { $0.provenance.name },
    .text("label") { $0.row.label },
    .text("href") { $0.base + $0.book.fileLink($0.row) },
    .text("viewHref") { view in view.book.rendition(view.row).map { view.base + $0 } ?? "" },
    .text("indexHref") { $0.base + $0.book.evidenceAnchor($0.row) },
    .text("digest") { $0.row.digest.hex },
    .text("shortDigest") { $0.row.digest.short },
    .text("size") { $0.words.size($0.row.size) },
    .text("format") { $0.row.format },
    .text("source") { $0.provenance.source },
    .text("transport") { $0.provenance.transport },
    .text("endpoint") { $0.provenance.endpoint },
    .text("query") { $0.provenance.query },
    .text("parameters") { $0.parameters },
    .text("operator") { $0.provenance.operator },
    .text("host") { $0.provenance.host },
    .text("collector") { $0.provenance.collector },
    .text("collectedAt") { $0.words.instant($0.provenance.collectedAt) },
    .text("receivedAt") { view in view.provenance.receivedAt.map(view.words.instant) ?? "" },
    .text("effective") { $0.effective },
    .text("records") { $0.words.number($0.row.recordCount) },
    .text("reportedTotal") { view in view.row.reportedTotal.map(view.words.number) ?? "" },
    .text("page") { $0.page },
    .text("partial") { $0.provenance.partial ?? "" },
    .flag("isComplete") { $0.row.isComplete },
    .text("mark") { $0.row.isComplete ? "pass" : "lack" },
    .text("state") { $0.words($0.row.isComplete ? .evidenceComplete : .evidenceIncomplete) },
    .text("diagnostics") { view in
      let count = view.book.diagnostics[view.row.label]?.count ?? 0
      return count == 0 ? "" : view.words.number(count)
    },
    .list("readers", PageLink.self) { view in
      (view.book.readers[view.row.evidence] ?? []).prefix(40).map {
        PageLink(href: "\(view.base)controls/\($0).html", label: $0)
      }
    },
    .text("moreReaders") { view in
      let count = (view.book.readers[view.row.evidence]?.count ?? 0) - 40
      return count > 0 ? view.words(.andMore, ["n": view.words.number(count)]) : ""
    },
  ]

  private var parameters: String {
    provenance.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: ", ")
  }

  private var effective: String {
    if let from = row.coversFrom, let to = row.coversTo {
      return words.span(from, to, in: book.engagement.zone)
    }
    return row.effectiveAt.map(words.instant) ?? ""
  }

  private var page: String {
    guard let page = provenance.page else { return "" }
    return words(
      provenance.isLastPage ? .evidenceLastPage : .evidencePage, ["n": words.number(page)])
  }

  /// Bytes of the row on the evidence pages at most; the compact row of a control is smaller.
  static func size(_ row: EvidenceRow) -> Int {
    let p = row.provenance
    let texts = [
      p.name, p.name, p.source, p.endpoint, p.query, p.operator, p.host, p.collector,
      p.partial ?? "",
    ]
    return 2400 + texts.reduce(0) { $0 + VisibleText.size($1, limit: 2000) }
      + p.parameters.reduce(0) { $0 + VisibleText.size($1.key + $1.value, limit: 2000) }
  }
}
