import VouchModel

/// Which column of an export feeds which column of a record type: the options of `format: table`.
///
/// ```yaml
/// hr_roster:
///   file: "evidence/inbox/hr/*.csv"
///   format: table
///   zone: Europe/Berlin
///   record: person
///   columns: {person_id: "Personalnummer", hired_at: "Eintritt", status: "Status"}
///   values: {status: {"aktiv": active, "ausgeschieden": ended, "*": ""}}
///   constant: {kind: employee}
///   formats: {hired_at: dd.MM.yyyy}
/// ```
///
/// | option | meaning |
/// | --- | --- |
/// | `record` | name of the record type |
/// | `columns.C` | the export's column that feeds record column C; in JSON a dotted path, `*` for every element |
/// | `values.C.W` | what C becomes where the export has W; `*` for every other word, an empty value for "does not say" |
/// | `constant.C` | the value of C in every row |
/// | `formats.C` | layout of the times in C, see ``TimePattern`` |
/// | `rows` | JSON: pointer to the array of rows, or to an object that is the only row |
/// | `delimiter` | CSV: `,`, `;`, `\|` or `tab` when the header does not tell |
/// | `separator` | what separates the elements of a list in one cell, default `;` |
/// | `decimal` | `,` when numbers are written as 1.234,5 |
///
/// C may also be `at`, the time a row speaks about. Without any `columns`, columns of the export
/// that are named like those of the record type feed them. A key column `source` that nothing
/// feeds takes the name of the source in `vouch.yaml`.
public struct TableMapping: Sendable {
  /// What feeds one record column.
  public struct Field: Sendable {
    public let column: Column
    /// The export's column or JSON path; nil for a constant.
    public let export: String?
    let constant: String?
    /// What a row has where the export has no such column.
    let fallback: String?
    let values: [String: String]
    let pattern: TimePattern?
  }

  public let record: RecordType
  /// In the order of the record type's columns.
  public let fields: [Field]
  /// The fields are the record type's own names, because no `columns` were given.
  public let isImplied: Bool
  public let rows: String?
  public let delimiter: Character?
  public let separator: Character
  public let decimalComma: Bool

  /// The record columns a table can feed: the type's own and `at`.
  static func columns(of record: RecordType) -> [Column] {
    record.columns + RecordType.originColumns.filter { $0.name == "at" }
  }
}

extension TableMapping {
  /// The mapping that options describe, and every mistake in them.
  ///
  /// - Parameters:
  ///   - options: flattened, as in the table above.
  ///   - source: the source's name in `vouch.yaml`.
  ///   - place: where the options stand, for the messages.
  /// - Returns: no mapping when an error makes the options useless.
  public static func read(
    _ options: [String: String], source: String, at place: String
  ) -> (mapping: TableMapping?, diagnostics: [Diagnostic]) {
    var reader = OptionsReader(options: options, source: source, place: place)
    return (reader.mapping(), reader.diagnostics)
  }
}

/// Takes options apart; each option that is not used up is a mistake.
private struct OptionsReader {
  let options: [String: String]
  let source: String
  let place: String
  var diagnostics: [Diagnostic] = []

  init(options: [String: String], source: String, place: String) {
    self.options = options
    self.source = source
    self.place = place
  }

  mutating func mapping() -> TableMapping? {
    guard let record = record() else { return nil }
    let known = TableMapping.columns(of: record)
    refuseUnknownOptions(of: record, known: known.map(\.name))
    let isImplied = !options.keys.contains { $0.hasPrefix("columns.") }
    var fields: [TableMapping.Field] = []
    for column in known {
      if let field = field(column, of: record, isImplied: isImplied) { fields.append(field) }
    }
    for key in record.key where !fields.contains(where: { $0.column.name == key }) {
      diagnostics.append(.keyNotFed(key, of: record, at: place))
    }
    let decimal = options["decimal"] ?? "."
    if decimal != "," && decimal != "." {
      diagnostics.append(.badOption("decimal", "'.' or ','", at: place))
    }
    if diagnostics.contains(where: { $0.severity == .error }) { return nil }
    return TableMapping(
      record: record, fields: fields, isImplied: isImplied, rows: options["rows"],
      delimiter: character("delimiter"), separator: character("separator") ?? ";",
      decimalComma: decimal == ",")
  }

  private mutating func record() -> RecordType? {
    guard let name = options["record"] else {
      diagnostics.append(.noRecord(at: place))
      return nil
    }
    guard let record = RecordType.named(name) else {
      diagnostics.append(.unknownRecord(name, at: place))
      return nil
    }
    return record
  }

  private mutating func character(_ option: String) -> Character? {
    guard let text = options[option], !text.isEmpty else { return nil }
    if text == "tab" || text == "\\t" { return "\t" }
    return text.first
  }

  private mutating func refuseUnknownOptions(of record: RecordType, known: [String]) {
    let whole = ["record", "rows", "delimiter", "separator", "decimal"]
    let families = ["columns", "values", "constant", "formats", "format"]
    for option in options.keys.sorted() where !whole.contains(option) {
      let parts = option.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
      let family = String(parts[0])
      guard families.contains(family), parts.count >= 2 else {
        diagnostics.append(.unknownOption(option, among: whole + families, at: place))
        continue
      }
      let column = String(parts[1])
      if !known.contains(column) {
        diagnostics.append(
          .noRecordColumn(column, option: family, of: record, known: known, at: place))
      }
    }
  }

  private mutating func field(
    _ column: Column, of record: RecordType, isImplied: Bool
  ) -> TableMapping.Field? {
    let name = column.name
    var constant = options["constant.\(name)"]
    let export = options["columns.\(name)"] ?? (isImplied && constant == nil ? name : nil)
    let fallback = name == "source" && record.key.contains("source") ? source : nil
    if export == nil, constant == nil { constant = fallback }
    guard export != nil || constant != nil else { return nil }
    if options["columns.\(name)"] != nil, constant != nil {
      diagnostics.append(.fedTwice(name, at: place))
    }
    return TableMapping.Field(
      column: column, export: constant == nil ? export : nil, constant: constant,
      fallback: isImplied ? fallback : nil, values: values(of: name), pattern: pattern(of: column))
  }

  private func values(of column: String) -> [String: String] {
    let prefix = "values.\(column)."
    return Dictionary(
      uniqueKeysWithValues: options.filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
  }

  private mutating func pattern(of column: Column) -> TimePattern? {
    let given = options["formats.\(column.name)"] ?? options["format.\(column.name)"]
    guard let text = given else { return nil }
    guard column.kind == .instant, let pattern = TimePattern(text) else {
      diagnostics.append(.badPattern(column, at: place))
      return nil
    }
    return pattern
  }
}

extension Diagnostic {
  fileprivate static func noRecord(at place: String) -> Diagnostic {
    Diagnostic(
      "table.no-record", .error, at: place, "the source has 'format: table' but names no 'record'",
      why: "without it the rows have no meaning",
      fix: "add record: person, or the name of any other record type of the catalogue")
  }

  fileprivate static func unknownRecord(_ name: String, at place: String) -> Diagnostic {
    let near = nearest(to: name, among: RecordType.all.map(\.name))
    return Diagnostic(
      "table.no-record", .error, at: place,
      "'\(name)' is no record type\(near.map { "; did you mean '\($0)'?" } ?? "")",
      why: "the rows would feed no population", fix: "name a record type of the catalogue")
  }

  fileprivate static func unknownOption(
    _ option: String, among known: [String], at place: String
  ) -> Diagnostic {
    let word = String(option.prefix { $0 != "." })
    let near = nearest(to: word, among: known)
    return Diagnostic(
      "table.option", .error, at: place,
      "'format: table' has no option '\(option)'"
        + (near.map { "; did you mean '\($0)'?" } ?? ""),
      why: "a misspelt option would be ignored and its column stay empty",
      fix: "use \(known.joined(separator: ", "))")
  }

  fileprivate static func noRecordColumn(
    _ column: String, option: String, of record: RecordType, known: [String], at place: String
  ) -> Diagnostic {
    let near = known.first { $0.hasPrefix(column + "_") } ?? nearest(to: column, among: known)
    return Diagnostic(
      "table.option", .error, at: place,
      "\(option): record type '\(record.name)' has no column '\(column)'"
        + (near.map { "; did you mean '\($0)'?" } ?? ""),
      why: "a misspelt column would stay empty in every row",
      fix: "use \(known.joined(separator: ", "))")
  }

  fileprivate static func fedTwice(_ column: String, at place: String) -> Diagnostic {
    Diagnostic(
      "table.option", .error, at: place, "'\(column)' has both a column and a constant",
      why: "only one of them can be what the export says", fix: "keep one of the two")
  }

  fileprivate static func keyNotFed(
    _ column: String, of record: RecordType, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "table.no-column", .error, at: place,
      "nothing feeds '\(column)', which tells one '\(record.name)' from another",
      why: "without it the rows of the population cannot be told apart",
      fix: "add columns: {\(column): ...} or constant: {\(column): ...}")
  }

  fileprivate static func badOption(
    _ option: String, _ expected: String, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "table.option", .error, at: place, "option '\(option)' is neither \(expected)",
      why: "numbers would be read wrongly", fix: "write \(expected)")
  }

  fileprivate static func badPattern(_ column: Column, at place: String) -> Diagnostic {
    Diagnostic(
      "table.option", .error, at: place,
      column.kind == .instant
        ? "format of '\(column.name)' is no time layout with year, month and day"
        : "'\(column.name)' holds no times, so it has no format",
      why: "times would be read wrongly or not at all",
      fix: "write for example dd.MM.yyyy, MM/dd/yyyy hh:mm a, epoch, excel")
  }
}
