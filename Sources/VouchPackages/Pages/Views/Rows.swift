import VouchModel

/// An item that is false or unknown on one attribute.
struct ItemRow: Row {
  let book: Book
  let base: String
  let control: String
  /// `VM-02-A-9f3c4a12`, stable, so that a workpaper can cite the row.
  let id: String
  let result: ItemResult
  /// 1-based slice of the period; 0 when there is one only.
  let slice: Int

  static let tableFields = TablePart<ItemRow>.make()
  static let fields: Fields<ItemRow> = [
    .text("id") { $0.id },
    .text("item") { $0.result.item },
    .text("mark") { $0.mark },
    .text("finding") { "\($0.result.attribute) \($0.book.words.truth($0.result.result))" },
    .flag("hasNote") { $0.slice != 0 || $0.result.waiver != nil },
    .text("slice") { $0.slice == 0 ? "" : String($0.slice) },
    .text("origin") { $0.origin },
    .text("link") { $0.link },
    .text("waiver") { $0.result.waiver ?? "" },
    .text("waiverLink") { row in
      row.result.waiver.map { "\(row.base)waivers.html#\(anchor("W", $0))" } ?? ""
    },
  ]

  /// An attribute that only informs has no colour of its own.
  private var mark: String {
    if !result.decides { return "idle" }
    return result.result == .unknown ? "lack" : "fail"
  }

  private var row: EvidenceRow? { result.evidence.flatMap { book.evidence[$0] } }

  private var origin: String {
    guard let row else { return "" }
    return result.place.isEmpty ? row.label : "\(row.label)#\(result.place)"
  }

  /// The very line where a page shows it, else the file.
  private var link: String {
    guard let row else { return "" }
    return base + (book.rendition(row, place: result.place) ?? book.fileLink(row))
  }

  static func size(_ result: ItemResult) -> Int {
    480 + VisibleText.size(result.item, limit: 2000) + VisibleText.size(result.place, limit: 2000)
      + 2 * (result.waiver?.utf8.count ?? 0)
  }
}

/// A difference between the population and its second source.
struct DifferenceRow: Row {
  let difference: Difference
  let slice: Int

  static let tableFields = TablePart<DifferenceRow>.make()
  static let fields: Fields<DifferenceRow> = [
    .text("item") { $0.difference.item },
    .text("text") { $0.difference.text },
    .text("explanation") { $0.difference.explanation ?? "" },
    .text("slice") { $0.slice == 0 ? "" : String($0.slice) },
  ]

  static func size(_ difference: Difference) -> Int {
    200 + VisibleText.size(difference.item, limit: 2000)
      + VisibleText.size(difference.text, limit: 2000)
      + VisibleText.size(difference.explanation ?? "", limit: 2000)
  }
}

/// A span of the period with or without evidence.
struct SpanRow: Row {
  let span: CoverageSpan
  let words: Words
  let zone: Zone

  static let tableFields = TablePart<SpanRow>.make()
  static let fields: Fields<SpanRow> = [
    .text("state") { $0.words($0.word) },
    .text("mark") { $0.mark },
    .text("from") { $0.words.instant($0.span.from) },
    .text("to") { $0.words.instant($0.span.to) },
    .text("days") { $0.words.days($0.span.to.seconds - $0.span.from.seconds) },
  ]

  private var word: Word {
    switch span.state {
    case .covered: .coverageCovered
    case .gap: .coverageGap
    case .future: .coverageFuture
    }
  }

  private var mark: String {
    switch span.state {
    case .covered: "pass"
    case .gap: "lack"
    case .future: "idle"
    }
  }
}

/// Something that keeps a control from passing, and what can be done about it.
struct GapRow: View {
  let gap: Gap
  let words: Words

  static let fields: Fields<GapRow> = [
    .text("text") { $0.gap.text },
    .text("action") { $0.gap.action },
    .text("owner") { $0.gap.owner },
    .text("due") { row in row.gap.due.map(row.words.instant) ?? "" },
    .flag("isRecoverable") { $0.gap.isRecoverable },
  ]
}

/// A diagnostic about the evidence or the configuration.
struct DiagnosticRow: Row {
  let book: Book
  let base: String
  let diagnostic: Diagnostic

  static let tableFields = TablePart<DiagnosticRow>.make()
  static let fields: Fields<DiagnosticRow> = [
    .text("id") { $0.diagnostic.id },
    .text("severity") { $0.book.words($0.word) },
    .text("mark") { $0.mark },
    .text("at") { $0.diagnostic.at },
    .text("link") { $0.link },
    .text("text") { $0.diagnostic.text },
    .text("why") { $0.diagnostic.why },
    .text("fix") { $0.diagnostic.fix },
  ]

  private var word: Word {
    switch diagnostic.severity {
    case .error: .severityError
    case .warning: .severityWarning
    case .note: .severityNote
    }
  }

  private var mark: String {
    switch diagnostic.severity {
    case .error: "fail"
    case .warning: "lack"
    case .note: "idle"
    }
  }

  private var link: String {
    book.evidenceLink(label: String(diagnostic.at.prefix { $0 != "#" })).map { base + $0 } ?? ""
  }

  static func size(_ diagnostic: Diagnostic) -> Int {
    400
      + [diagnostic.at, diagnostic.text, diagnostic.why, diagnostic.fix].reduce(0) {
        $0 + VisibleText.size($1, limit: 2000)
      }
  }
}

/// A waiver with its reason and its end; it stands beside the real result and never replaces it.
struct WaiverRow: Row {
  let book: Book
  let base: String
  let waiver: Engagement.Waiver

  static let tableFields = TablePart<WaiverRow>.make()
  static let fields: Fields<WaiverRow> = [
    .text("anchor") { anchor("W", $0.waiver.id) },
    .text("id") { $0.waiver.id },
    .text("control") { $0.waiver.control },
    .text("controlLink") { row in
      row.book.controlLink(row.waiver.control).map { row.base + $0 } ?? ""
    },
    .text("item") { $0.waiver.item },
    .text("attribute") { $0.waiver.attribute },
    .text("reason") { $0.waiver.reason },
    .text("measure") { $0.waiver.measure },
    .text("approver") { $0.waiver.approver },
    .text("approvedAt") { $0.book.words.instant($0.waiver.approvedAt) },
    .text("expiresAt") { $0.book.words.instant($0.waiver.expiresAt) },
    .text("state") { $0.book.words($0.state) },
    .text("mark") { $0.state == .waiverInForce ? "wait" : "idle" },
    .text("uses") { $0.book.words.number($0.book.waiverUses[$0.waiver.id] ?? 0) },
  ]

  private var state: Word {
    let asOf = book.assessment.asOf
    if waiver.approvedAt > asOf { return .waiverLater }
    return waiver.expiresAt <= asOf ? .waiverExpired : .waiverInForce
  }

  static func size(_ waiver: Engagement.Waiver) -> Int {
    700
      + [waiver.item, waiver.reason, waiver.measure, waiver.approver].reduce(0) {
        $0 + VisibleText.size($1, limit: 2000)
      }
  }
}

/// Something that management scoped out, with its reason.
struct ExclusionRow: Row {
  let exclusion: Engagement.Exclusion
  let words: Words

  static let tableFields = TablePart<ExclusionRow>.make()
  static let fields: Fields<ExclusionRow> = [
    .text("kind") { $0.words.term("exclusion", $0.exclusion.kind) },
    .text("thing") { $0.exclusion.thing },
    .text("reason") { $0.exclusion.reason },
    .text("approver") { $0.exclusion.approver },
  ]

  static func size(_ exclusion: Engagement.Exclusion) -> Int {
    200
      + [exclusion.thing, exclusion.reason, exclusion.approver].reduce(0) {
        $0 + VisibleText.size($1, limit: 2000)
      }
  }
}

/// A template control that nobody adopted: listed, counted nowhere.
struct NotAdoptedRow: Row {
  let control: Control

  static let tableFields = TablePart<NotAdoptedRow>.make()
  static let fields: Fields<NotAdoptedRow> = [
    .text("id") { $0.control.id },
    .text("title") { $0.control.title },
    .text("criteria") { $0.control.criteria.joined(separator: ", ") },
  ]

  static func size(_ control: Control) -> Int {
    200 + VisibleText.size(control.title) + control.criteria.count * 8
  }
}

/// A value as the id of an element: other signs become `-`, two values never become one.
func anchor(_ prefix: String, _ value: String) -> String {
  let safe = value.unicodeScalars.allSatisfy {
    $0.isASCII
      && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "-_.".unicodeScalars.contains($0))
  }
  if safe, !value.isEmpty { return value.hasPrefix("\(prefix)-") ? value : "\(prefix)-\(value)" }
  return "\(prefix)-x\(Digest.sha256(value).hex.prefix(8))"
}
