import VouchModel

/// A guess at the mapping of an export that nobody has mapped yet, for a person to look through.
public struct TableProposal: Sendable {
  public let record: RecordType
  /// Record column -> the export's column or JSON path.
  public let columns: [String: String]
  /// Names of the export that feed nothing.
  public let unread: [String]
  /// Other record types that the export may be, and how many of their columns it would feed.
  public let rivals: [Rival]
  /// Columns that read local times, for which the source has to name a zone.
  public let withoutZone: [String]
  /// What the export does not tell and a person has to decide before the rows can be used.
  public let questions: [String]

  public struct Rival: Sendable, Hashable {
    public let record: String
    public let columns: Int
  }

  let sample: TableSample
  let details: [TableDetail]
  /// Key columns that nothing feeds, with a word that stands in every row.
  let constants: [String: String]
  let isDecimalComma: Bool
}

/// One fed column of a proposal, with what is known of its cells.
struct TableDetail: Sendable {
  let column: Column
  let export: String
  /// How it was found: 3 same name, 2 a name other tools use, 1 spelling, 0 because no two rows
  /// are alike.
  let confidence: Int
  var layout: TimeLayout?
  /// The export's word -> ours, or nil where nobody but its owner can tell.
  let words: [(export: String, ours: String?)]

  var why: String {
    switch confidence {
    case 3: "the same name"
    case 2: "a name other tools use for it"
    case 1: "by spelling only: check it"
    default: "no two rows have the same: check that it is the id"
    }
  }

  /// One export writes all its dates alike: a column that shows whether day or month comes first
  /// settles it for the others.
  static func settled(_ details: [TableDetail]) -> [TableDetail] {
    var first: Set<Character> = []
    for detail in details {
      guard case .pattern(let pattern, _) = detail.layout, pattern.contains("/") else { continue }
      if let letter = pattern.first, letter == "d" || letter == "M" { first.insert(letter) }
    }
    guard first.count == 1, let letter = first.first else { return details }
    return details.map { detail in
      guard case .ambiguous(let layouts, let isZoned) = detail.layout,
        let layout = layouts.first(where: { $0.first == letter })
      else { return detail }
      var detail = detail
      detail.layout = .pattern(layout, isZoned: isZoned)
      return detail
    }
  }
}

extension TableMapping {
  /// Proposes record type and columns from the header of a CSV or the first row of a JSON export.
  public static func propose(head: Head) -> TableProposal? {
    TableSample(head).flatMap { propose($0) }
  }

  /// Proposes a mapping from the beginning of an export.
  ///
  /// Names are compared without case, spaces and punctuation: first with the record's columns,
  /// then with what other tools call them, then by spelling; a name whose cells cannot be what the
  /// column holds is not taken. Nil when no record type has all that tells its records apart.
  ///
  /// - Parameter wanted: the record type to map to; nil: the one that fits best.
  public static func propose(_ sample: TableSample, as wanted: RecordType? = nil) -> TableProposal?
  {
    let guesses = RecordType.all.compactMap { record -> (score: Int, guess: TableGuess)? in
      if let wanted, wanted != record { return nil }
      var guess = TableGuess(record, sample)
      guess.completeKey()
      guard let score = guess.score else { return nil }
      return (score, guess)
    }
    // `all` is sorted by name, and of two that fit alike the first is taken.
    guard let best = guesses.max(by: { $0.score < $1.score }) else { return nil }
    let rivals = guesses.filter {
      $0.guess.record != best.guess.record && $0.score > 30 && $0.guess.found.count > 1
    }
    .sorted { $0.score > $1.score }.prefix(3)
    return best.guess.proposal(
      rivals: rivals.map { .init(record: $0.guess.record.name, columns: $0.guess.found.count) })
  }
}

/// The best assignment of an export's names to the columns of one record type.
private struct TableGuess {
  let record: RecordType
  let sample: TableSample
  var found: [String: (name: String, confidence: Int)] = [:]
  var constants: [String: String] = [:]

  init(_ record: RecordType, _ sample: TableSample) {
    self.record = record
    self.sample = sample
    let columns = TableMapping.columns(of: record).map { column in
      (
        column: column, own: TableSynonyms.plain(column.name),
        others: TableSynonyms.names(of: column.name, in: record)
      )
    }
    var taken: Set<Int> = []
    func take(_ confidence: Int, _ candidates: (_ own: String, _ others: [String]) -> [Int]) {
      for (column, own, others) in columns where found[column.name] == nil {
        let i = candidates(own, others).sorted().first { i in
          !taken.contains(i) && sample.canFeed(column, from: sample.names[i])
            && !(record.key.contains(column.name) && sample.isGappy(sample.names[i]))
        }
        guard let i else { continue }
        found[column.name] = (sample.names[i], confidence)
        taken.insert(i)
      }
    }
    take(3) { own, _ in sample.plain[own] ?? [] }
    take(2) { _, others in others.flatMap { sample.plain[$0] ?? [] } }
    // The last part of a JSON path is a name too: `profile.login`.
    take(2) { own, others in ([own] + others).flatMap { sample.last[$0] ?? [] } }
    // A slip of the finger: the same first letter, and not much longer or shorter.
    take(1) { own, _ in
      sample.plain.filter { name, _ in
        name.utf8.count >= 5 && name.utf8.first == own.utf8.first
          && abs(name.utf8.count - own.utf8.count) <= 2 && nearest(to: name, among: [own]) != nil
      }.flatMap(\.value)
    }
  }

  /// Key columns that no name fits: an id from a column in which no two rows are alike, a word that
  /// only tells kinds apart from one that stands in every row.
  mutating func completeKey() {
    guard record.key.contains(where: { found[$0] != nil }) || record.key.count == 1 else { return }
    for key in record.key where found[key] == nil && key != "source" {
      if Self.kinds.contains(key) {
        constants[key] = "unstated"
      } else if let column = record.columns.first(where: { $0.name == key }),
        let name = sample.names.first(where: { name in
          !found.values.contains { $0.name == name } && sample.rowCount > 2
            && sample.isKey([name]) && sample.canFeed(column, from: name)
            && sample.kinds[name]?.layout == nil
        })
      {
        found[key] = (name, 0)
      }
    }
  }

  /// Key columns that name a kind or an edition of a thing, and not the thing.
  private static let kinds: Set = [
    "kind", "version", "course", "package", "advisory", "thing_kind",
  ]

  /// Key columns weigh most; nil without all of them, because then it is a list of something else.
  var score: Int? {
    let keys = record.key.filter { $0 != "source" }
    let named = keys.filter { (found[$0]?.confidence ?? 0) > 0 }
    guard keys.allSatisfy({ found[$0] != nil || constants[$0] != nil }) else { return nil }
    // An id that was found by its values only counts when other columns are sure.
    if named.isEmpty, found.values.count(where: { $0.confidence >= 2 }) < 2 { return nil }
    let fit = found.values.reduce(0) { $0 + $1.confidence * 10 }
    let unread = sample.names.count - found.count
    let whole = constants.isEmpty && named.count == keys.count ? 25 : 0
    let unique =
      sample.rowCount > 1 && constants.isEmpty
      ? (sample.isKey(keys.compactMap { found[$0]?.name }) ? 10 : -25) : 0
    return fit + whole + unique + fileHint - min(unread, 20) * 3 - constants.count * 15
  }

  /// What the file's name says.
  private var fileHint: Int {
    let words = [record.name] + (TableSynonyms.fileWords[record.name] ?? [])
    return words.contains { sample.file.contains($0) } ? 15 : 0
  }

  func proposal(rivals: [TableProposal.Rival]) -> TableProposal {
    let details = TableDetail.settled(
      TableMapping.columns(of: record).compactMap { column in
        found[column.name].map { sample.detail(column, from: $0.name, confidence: $0.confidence) }
      })
    let read = Set(details.map(\.export))
    let times = details.filter { $0.column.kind == .instant }
    return TableProposal(
      record: record, columns: found.mapValues(\.name),
      unread: sample.names.filter { !read.contains($0) }, rivals: rivals,
      withoutZone: times.filter { $0.layout?.isZoned == false }.map(\.column.name),
      questions: questions(details), sample: sample, details: details, constants: constants,
      isDecimalComma: details.contains { sample.hasDecimalComma($0) })
  }

  private func questions(_ details: [TableDetail]) -> [String] {
    var questions: [String] = []
    for detail in details {
      if case .ambiguous(let layouts, _) = detail.layout {
        questions.append(
          "\(detail.column.name): is it \(layouts.joined(separator: " or "))? every row fits both")
      }
      let unknown = detail.words.filter { $0.ours == nil }
      if !unknown.isEmpty {
        questions.append("\(detail.column.name): what do \(unknown.count) of its words mean?")
      }
    }
    return questions + constants.keys.sorted().map { "\($0): nothing in the export feeds it" }
  }
}

extension TableSample {
  /// Whether the cells below a name can be what a column holds; without any row all can.
  fileprivate func canFeed(_ column: Column, from name: String) -> Bool {
    if structures.contains(name), column.kind != .list, column.kind != .json { return false }
    guard let kinds = kinds[name] else {
      return column.kind != .json || rowCount == 0 || structures.contains(name)
    }
    return switch column.kind {
    case .instant: kinds.layout != nil
    case .flag: kinds.areFlags || kinds.distinct <= 3
    case .integer: kinds.areWholeNumbers
    case .real: kinds.areNumbers
    case .json: kinds.areStructures
    case .text: column.words.isEmpty || kinds.distinct <= 20
    case .list, .host: true
    }
  }

  fileprivate func detail(_ column: Column, from name: String, confidence: Int) -> TableDetail {
    let cells = values[name] ?? []
    return TableDetail(
      column: column, export: name, confidence: confidence,
      layout: column.kind == .instant ? kinds[name]?.layout : nil,
      words: Self.words(Set(cells), of: column))
  }

  /// What words of an export mean to us; none when all are ours already.
  private static func words(
    _ cells: Set<String>, of column: Column
  ) -> [(export: String, ours: String?)] {
    if column.kind == .flag {
      if cells.allSatisfy({ flagSpelling($0) != nil }) { return [] }
      return cells.sorted().map { ($0, flagSpelling($0).map { $0 ? "true" : "false" }) }
    }
    let known = column.words
    guard column.kind == .text, !known.isEmpty, !cells.isSubset(of: known) else { return [] }
    return cells.sorted().map { ($0, TableSynonyms.word($0, among: known)) }
  }

  fileprivate func hasDecimalComma(_ detail: TableDetail) -> Bool {
    guard detail.column.kind == .real || detail.column.kind == .integer else { return false }
    return (values[detail.export] ?? []).contains { Double($0) == nil && $0.contains(",") }
  }
}

extension Column {
  /// The words that the column's documentation lists: `active, leave, ended`; empty when it
  /// describes instead.
  var words: [String] {
    guard kind == .text else { return [] }
    let list = doc.prefix { $0 != ";" && $0 != ":" }.split(separator: ",").map(\.trimmed)
    let isList = list.allSatisfy { word in
      !word.isEmpty && word.allSatisfy { $0 == "_" || $0.isLowercase || $0.isNumber }
    }
    return list.count >= 2 && isList ? list : []
  }
}
