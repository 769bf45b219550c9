import VouchModel

/// The package as every page knows it: whose it is, of what, of when, and whether it is complete.
struct PackageView: View {
  let book: Book
  let base: String

  static let fields: Fields<PackageView> = [
    .text("organization") { $0.book.engagement.organization },
    .text("system") { $0.book.engagement.system },
    .prose("systemDescription") { $0.book.engagement.systemDescription },
    .text("categories") { $0.categories },
    .text("name") { PackageLayout.name(of: $0.book.assessment) },
    .text("period") { $0.book.assessment.period.id },
    .text("periodDays") { $0.periodDays },
    .text("periodExact") {
      "\($0.book.assessment.period.start) / \($0.book.assessment.period.end)"
    },
    .text("zone") { $0.book.engagement.zone.identifier },
    .text("asOfDay") { $0.asOfDay },
    .text("asOf") { $0.book.words.instant($0.book.assessment.asOf) },
    .text("preparedBy") { $0.book.engagement.preparedBy },
    .text("preparedFor") { $0.book.engagement.preparedFor },
    .text("tool") { "vouch \($0.book.input.toolVersion)" },
    .text("rulesDigest") { $0.book.input.rulesDigest.hex },
    .flag("isIncomplete") { !$0.book.assessment.incomplete.isEmpty },
    .list("incomplete", IncompleteView.self) { view in
      view.book.assessment.incomplete.map {
        IncompleteView(
          book: view.book, base: view.base, source: $0.source, reason: $0.text,
          criteria: $0.criteria)
      }
    },
    .flag("isSigned") { $0.book.isSigned },
    .flag("isStamped") { $0.book.input.isStamped },
    .flag("ownFilesAny") { !$0.book.ownFiles.isEmpty },
    .list("ownFiles", Line.self) { $0.book.ownFiles.map(Line.init) },
    .text("evidenceCount") { $0.book.words.number($0.book.assessment.evidence.count) },
    .text("evidenceSize") { view in
      view.book.words.size(view.book.assessment.evidence.reduce(0) { $0 + $1.size })
    },
    .text("controlCount") { $0.book.words.number($0.book.assessment.conclusions.count) },
    .text("notAdoptedCount") { $0.book.words.number($0.book.assessment.notAdopted.count) },
  ]

  private var categories: String {
    book.engagement.categories.map(book.words.category).joined(separator: ", ")
  }

  /// `end of 2026-09-30` for a midnight, which people would read as the next day; else nothing.
  private var asOfDay: String {
    let asOf = book.assessment.asOf
    let zone = book.engagement.zone
    guard asOf.advanced(by: zone.offset(at: asOf)).seconds.isMultiple(of: 86400) else { return "" }
    return book.words(.endOf, ["day": book.words.lastDay(asOf, in: zone)])
  }

  private var periodDays: String {
    let period = book.assessment.period
    return book.words.span(period.start, period.end, in: book.engagement.zone)
  }
}

/// A source that failed or delivered in part.
struct IncompleteView: View {
  let book: Book
  let base: String
  let source: String
  let reason: String
  let criteria: [String]

  static let fields: Fields<IncompleteView> = [
    .text("source") { $0.source },
    .text("reason") { $0.reason },
    .list("criteria", CriterionLink.self) { view in
      view.criteria.map { CriterionLink(book: view.book, id: $0, base: view.base) }
    },
    .flag("hasCriteria") { !$0.criteria.isEmpty },
  ]
}
