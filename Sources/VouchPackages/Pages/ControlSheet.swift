import VouchModel

/// The long tables of one control and how they spread over its pages.
struct ControlSheet: Sendable {
  /// The tables in the order in which they stand on the page and continue.
  enum Table: Int, CaseIterable, Sendable {
    case deviations, unknown, waived, informative, differences, waivers, evidence, spans
    case diagnostics
  }

  /// An item with what its row needs to be found again.
  struct Entry: Sendable {
    let id: String
    let slice: Int
    let result: ItemResult
  }

  let book: Book
  let conclusion: Conclusion
  let plan: PagePlan
  private let entries: [[Entry]]
  private let differences: [(slice: Int, difference: Difference)]
  private let waivers: [Engagement.Waiver]
  private let evidence: [EvidenceRow]
  /// Items of evidence that the page names; the evidence pages have all of them, and who read each.
  static let mostEvidence = 100
  private let spans: [CoverageSpan]
  private let diagnostics: [Diagnostic]

  var id: String { conclusion.control.id }
  /// Controls have pages of their own folder below `data/`.
  var base: String { "../" }

  init(_ book: Book, _ conclusion: Conclusion) {
    self.book = book
    self.conclusion = conclusion
    let isSplit = conclusion.slices.count > 1
    entries = Self.entries(of: conclusion)
    differences = conclusion.slices.enumerated().flatMap { index, slice in
      slice.differences.map { (isSplit ? index + 1 : 0, $0) }
    }
    waivers = book.engagement.waivers.filter { $0.control == conclusion.control.id }
    evidence = Self.evidence(of: conclusion).compactMap { book.evidence[$0] }
    spans = conclusion.coverage
    var seen = Set<String>()
    diagnostics = evidence.filter { seen.insert($0.label).inserted }
      .flatMap { book.diagnostics[$0.label] ?? [] }
    plan = PagePlan(
      entries.map { $0.map { ItemRow.size($0.result) } } + [
        differences.map { DifferenceRow.size($0.difference) }, waivers.map(WaiverRow.size),
        evidence.prefix(Self.mostEvidence).map(EvidenceView.size), spans.map { _ in 260 },
        diagnostics.map(DiagnosticRow.size),
      ])
  }

  /// What the control read; where a page cannot name all of it, the files of the listed items first.
  private static func evidence(of conclusion: Conclusion) -> [Int] {
    guard conclusion.evidence.count > mostEvidence else { return conclusion.evidence }
    let named = Set(conclusion.items.compactMap(\.evidence))
    return conclusion.evidence.filter(named.contains)
      + conclusion.evidence.filter { !named.contains($0) }
  }

  /// Deviations, unknown, waived and informative results, each in the order of slice and item.
  private static func entries(of conclusion: Conclusion) -> [[Entry]] {
    let isSplit = conclusion.slices.count > 1
    var lists: [[Entry]] = [[], [], [], []]
    var seen: [String: Int] = [:]
    for (index, slice) in conclusion.slices.enumerated() {
      for result in slice.items where result.result != .true {
        let digest = Digest.sha256(result.item).hex.prefix(8)
        let stem = "\(conclusion.control.id)-\(result.attribute)-\(digest)"
        // Twice in two slices, or one in 4 billion that shares the digits with another.
        let count = seen[stem, default: 0] + 1
        seen[stem] = count
        let entry = Entry(
          id: count == 1 ? stem : "\(stem)-\(count)", slice: isSplit ? index + 1 : 0,
          result: result)
        lists[list(of: result)].append(entry)
      }
    }
    return lists
  }

  private static func list(of result: ItemResult) -> Int {
    if !result.decides { return Table.informative.rawValue }
    if result.result == .unknown { return Table.unknown.rawValue }
    return (result.waiver == nil ? Table.deviations : .waived).rawValue
  }

  func items(_ table: Table, _ rows: Range<Int>? = nil) -> TablePart<ItemRow> {
    part(table, rows, count: entries[table.rawValue].count) {
      let entry = entries[table.rawValue][$0]
      return ItemRow(
        book: book, base: base, control: id, id: entry.id, result: entry.result,
        slice: entry.slice)
    }
  }

  func differenceRows(_ rows: Range<Int>? = nil) -> TablePart<DifferenceRow> {
    part(.differences, rows, count: differences.count) {
      DifferenceRow(difference: differences[$0].difference, slice: differences[$0].slice)
    }
  }

  func waiverRows(_ rows: Range<Int>? = nil) -> TablePart<WaiverRow> {
    part(.waivers, rows, count: waivers.count) {
      WaiverRow(book: book, base: base, waiver: waivers[$0])
    }
  }

  func evidenceRows(_ rows: Range<Int>? = nil) -> TablePart<EvidenceView> {
    let part = part(.evidence, rows, count: evidence.count) {
      EvidenceView(book: book, base: base, row: evidence[$0])
    }
    guard evidence.count > Self.mostEvidence else { return part }
    let all = PageLink(href: base + "evidence.html", label: book.words(.navEvidence))
    return TablePart(
      rows: part.rows, range: part.range, total: part.total, pages: part.pages + [all],
      words: part.words)
  }

  func spanRows(_ rows: Range<Int>? = nil) -> TablePart<SpanRow> {
    part(.spans, rows, count: spans.count) {
      SpanRow(span: spans[$0], words: book.words, zone: book.engagement.zone)
    }
  }

  func diagnosticRows(_ rows: Range<Int>? = nil) -> TablePart<DiagnosticRow> {
    part(.diagnostics, rows, count: diagnostics.count) {
      DiagnosticRow(book: book, base: base, diagnostic: diagnostics[$0])
    }
  }

  private func part<R: Row>(
    _ table: Table, _ rows: Range<Int>?, count: Int, _ row: (Int) -> R
  ) -> TablePart<R> {
    let rows = rows ?? plan.main(table.rawValue)
    return TablePart(
      rows: rows.map(row), range: rows, total: count,
      pages: book.links(plan, table.rawValue, name: id), words: book.words)
  }

  /// Sources of the evidence, each once, in order.
  var sources: [String] {
    var seen = Set<String>()
    return evidence.map(\.provenance.source).filter { seen.insert($0).inserted }
  }

  var lastCollected: Instant? { evidence.map(\.provenance.collectedAt).max() }
}

extension Book {
  /// Links to all pages of a table, `1–200`, `201–4,000`; none when it has one page.
  func links(_ plan: PagePlan, _ table: Int, name: String) -> [PageLink] {
    let parts = plan.pages(of: table)
    guard parts.count > 1 else { return [] }
    return parts.map {
      PageLink(
        href: PagePlan.name(name, page: $0.page),
        label: "\(words.number($0.rows.lowerBound + 1))–\(words.number($0.rows.upperBound))")
    }
  }
}
