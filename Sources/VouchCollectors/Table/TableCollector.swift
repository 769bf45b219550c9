import Foundation
import VouchModel

/// Reads any CSV, TSV, JSON or JSON Lines export into one record type, as its source's options map
/// it: ``TableMapping``.
///
/// A file named after a record type (`person.csv`, `person-2026-06-30.jsonl`) whose columns are
/// all that type's own needs no options and is recognised by itself.
enum TableCollector: Collector {
  static let format = "table"
  static let summary = "any CSV, TSV, JSON or JSON Lines export, columns mapped by the source"
  static let gives = RecordType.all

  static func recognises(_ head: Head) -> Bool { impliedRecord(head) != nil }

  /// The record type that the file's name says and its columns confirm.
  static func impliedRecord(_ head: Head) -> RecordType? {
    let file = head.name.split(separator: "/").last.map(String.init) ?? head.name
    guard let dot = file.lastIndex(of: ".") else { return nil }
    let kind = file[dot...]
    guard kind == ".csv" || kind == ".jsonl" else { return nil }
    let stem = file[..<dot]
    let name = stem.prefix { $0 != "-" }
    let date = stem.dropFirst(name.count).dropFirst()
    guard let record = RecordType.named(String(name)), date.isEmpty || isDate(date) else {
      return nil
    }
    let columns = kind == ".csv" ? head.delimitedHeader : JSONKeys.ofFirstRow(head.text)?.keys
    let known = Set(TableMapping.columns(of: record).map(\.name))
    guard let columns, !columns.isEmpty, known.isSuperset(of: columns) else { return nil }
    return record
  }

  private static func isDate(_ text: Substring) -> Bool {
    WrittenTime(iso: text).map { !$0.hasTime } ?? (Period(text.uppercased()) != nil)
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    var options = item.options
    if options["record"] == nil, let implied = impliedRecord(head) {
      options["record"] = implied.name
    }
    let (mapping, problems) = TableMapping.read(
      options, source: item.provenance.source, at: item.label)
    problems.forEach(reading.diagnose)
    guard let mapping else { return }
    reading.provides(mapping.record)
    let reader = TableReader(mapping, item: item, reading: reading)
    if head.json == nil {
      try reader.readDelimited()
    } else if try isJSONLines(item, head) {
      try reader.readJSONLines()
    } else {
      try reader.readJSON(isArray: head.json == "[")
    }
    reader.finish()
  }

  /// One object a line: the name says so, or the first line is a whole value and more follows.
  private static func isJSONLines(_ item: EvidenceItem, _ head: Head) throws -> Bool {
    if head.name.hasSuffix(".jsonl") || head.name.hasSuffix(".ndjson") { return true }
    guard head.json == "{", let beginning = try? item.head(1 << 20),
      let end = beginning.firstIndex(of: 0x0A)
    else { return false }
    let more = beginning[end...].contains {
      !($0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D)
    }
    return more && (try? JSON.parse(beginning[..<end])) != nil
  }
}

/// Turns the rows of one export into records.
final class TableReader {
  /// How many problems of one kind in one column are told one by one.
  static let toldSingly = 5

  private let mapping: TableMapping
  private let item: EvidenceItem
  private let reading: Reading
  private var problems: [Problem: Int] = [:]
  private var rowCount = 0
  private var unseenPaths: Set<String>
  private var sampleKeys: [String] = []
  private var sightedHosts: Set<String> = []
  /// Whether each field's value goes into a column (else into the record's time), and whether it
  /// may not be missing.
  private let targets: [(isColumn: Bool, isRequired: Bool)]
  /// The record's columns that name machines.
  private let hostPositions: [Int]

  private struct Problem: Hashable, Comparable {
    let id: String
    let column: String
    static func < (a: Problem, b: Problem) -> Bool { (a.id, a.column) < (b.id, b.column) }
  }

  init(_ mapping: TableMapping, item: EvidenceItem, reading: Reading) {
    self.mapping = mapping
    self.item = item
    self.reading = reading
    unseenPaths = mapping.isImplied ? [] : Set(mapping.fields.compactMap(\.export))
    let type = mapping.record
    targets = mapping.fields.map { field in
      (
        type.position(of: field.column.name) != nil, type.key.contains(field.column.name)
      )
    }
    hostPositions = type.columns.indices.filter { type.columns[$0].kind == .host }
  }

  // MARK: Delimited text

  func readDelimited() throws {
    var positions: [[Int]] = []
    try item.rows(
      format: TableCollector.format, separator: mapping.delimiter, reading,
      header: { header in
        guard let found = self.positions(in: header) else { return false }
        positions = found
        return true
      }
    ) { row in
      rowCount += 1
      append(place: row.place) { field, i throws(TableCell.Problem) in
        if let constant = field.constant {
          return try field.value(ofCell: constant, in: mapping, zone: item.zone)
        }
        guard let first = positions[i].first else { return .text(field.fallback) }
        // Jira and others repeat a column's name, once for each element of a list.
        let cell =
          field.column.kind == .list && positions[i].count > 1
          ? positions[i].map { row.cells[$0] }.filter { !isNoneSpelling($0) }
            .joined(separator: String(mapping.separator))
          : row.cells[first]
        return try field.value(ofCell: cell, in: mapping, zone: item.zone)
      }
    }
  }

  /// Where each field's column stands in the header; nil when a key column is missing.
  private func positions(in header: Row.Header) -> [[Int]]? {
    var isKeyMissing = false
    unseenPaths = []
    let found = mapping.fields.map { field -> [Int] in
      guard let export = field.export else { return [] }
      let all = header.names.indices.filter { header.names[$0] == export }
      if all.count > 1, field.column.kind != .list {
        reading.diagnose(.repeatedColumn(export, count: all.count, at: item.at("L1")))
      }
      let isKey = isRequired(field.column.name) && field.fallback == nil
      if all.isEmpty, isKey || !mapping.isImplied {
        reading.diagnose(
          .noColumn(export, for: field.column.name, among: header.names, at: item.at("L1")))
        isKeyMissing = isKeyMissing || isKey
      }
      return all
    }
    return isKeyMissing ? nil : found
  }

  // MARK: JSON

  func readJSONLines() throws {
    try item.jsonLines(format: TableCollector.format, reading) { row, line in
      append(row, place: "L\(line)")
    }
  }

  /// The rows one by one; what stands around them tells where they are.
  func readJSON(isArray: Bool) throws {
    let pattern =
      if let pointer = mapping.rows {
        JSONPattern(elementsAt: pointer)
      } else {
        JSONPattern(steps: isArray ? [.anyIndex] : [.anyKey, .anyIndex])
      }
    try item.json(format: TableCollector.format, each: [pattern], reading) { rest in
      switch place(ofRows: rest) {
      case .rows: return true
      case .row(let row, let pointer):
        append(row, place: pointer)
        return false
      case .nothing(let why):
        reading.diagnose(.noRows(why, at: item.label))
        return false
      }
    } _: { element in
      append(element.json, place: element.pointer)
    }
  }

  private enum Place {
    case rows
    /// An object that is the only row.
    case row(JSON, pointer: String)
    case nothing(String)
  }

  private func place(ofRows rest: JSON) -> Place {
    if let pointer = mapping.rows {
      guard let found = rest.value(atPointer: pointer), found.array != nil || found.object != nil
      else { return .nothing("no array and no object stands at '\(pointer)'") }
      return found.array != nil ? .rows : .row(found, pointer: pointer)
    }
    if rest.array != nil { return .rows }
    let arrays = (rest.object ?? []).filter { $0.value.array != nil }
    if arrays.isEmpty { return .row(rest, pointer: "") }
    if arrays.count == 1 { return .rows }
    let names = arrays.map { "/" + $0.key }.joined(separator: ", ")
    return .nothing("the object holds \(arrays.count) arrays: \(names)")
  }

  /// Takes one row, a JSON object.
  func append(_ row: JSON, place: String) {
    rowCount += 1
    guard row.object != nil else {
      tell("table.type", column: "", at: place, "the row is no JSON object", fix: "")
      return
    }
    if rowCount == 1 { sampleKeys = JSONKeys.paths(of: row) }
    append(place: place) { field, _ throws(TableCell.Problem) in
      if let constant = field.constant {
        return try field.value(ofCell: constant, in: mapping, zone: item.zone)
      }
      guard let path = field.export, let found = row.value(atPath: path) else {
        return .text(field.fallback)
      }
      if !unseenPaths.isEmpty { unseenPaths.remove(path) }
      return try field.value(of: found, in: mapping, zone: item.zone)
    }
  }

  // MARK: Records

  /// Appends the row's record; a row with a value that cannot be read counts as missing.
  private func append(
    place: String,
    value: (TableMapping.Field, Int) throws(TableCell.Problem) -> Value
  ) {
    var record = Record(mapping.record, place: place)
    var isWhole = true
    for (i, field) in mapping.fields.enumerated() {
      let target = targets[i]
      do throws(TableCell.Problem) {
        let found = try value(field, i)
        if target.isColumn {
          record[field.column.name] = found
        } else if case .integer(let seconds) = found {
          record.at = Instant(seconds: seconds)
        }
        if target.isRequired, found == .null {
          isWhole = false
          let name = field.column.name
          tell(
            "table.no-key", column: name, at: place, "\(name) is empty",
            fix: "correct the row at its source and export again")
        }
      } catch {
        isWhole = false
        tell(error, field: field, at: place)
      }
    }
    guard isWhole else { return }
    reading.append(record)
    sight(record)
  }

  /// Without its whole key a record cannot be told from another.
  private func isRequired(_ column: String) -> Bool { mapping.record.key.contains(column) }

  /// Every machine of the table is a sighting, so that the identity ledger can resolve it.
  private func sight(_ record: Record) {
    for position in hostPositions {
      guard case .text(let ref) = record.values[position], sightedHosts.insert(ref).inserted
      else { continue }
      reading.append(
        .hostSighting(source: item.provenance.source, ref: ref, place: record.place))
    }
  }

  // MARK: Problems

  private func tell(_ problem: TableCell.Problem, field: TableMapping.Field, at place: String) {
    let name = field.column.name
    let export = field.export.map { " (column '\($0)')" } ?? ""
    switch problem {
    case .type(let expected):
      tell(
        "table.type", column: name, at: place, "\(name)\(export) is not \(expected)",
        fix: "correct the cell at its source, or map another column to \(name)")
    case .zoneUnknown:
      tell(
        "table.zone-unknown", column: name, at: place,
        "\(name)\(export) is a local time and the source names no zone",
        fix: "add zone: Europe/Berlin (the zone the export is written in) to the source")
    case .value(let near):
      tell(
        "table.unknown-value", column: name, at: place,
        "\(name)\(export) has a word that 'values' does not list"
          + (near.map { "; near is '\($0)'" } ?? ""),
        fix: "add it to values: {\(name): ...}, or '*' for every other word")
    }
  }

  private func tell(_ id: String, column: String, at place: String, _ text: String, fix: String) {
    let count = problems[Problem(id: id, column: column), default: 0] + 1
    problems[Problem(id: id, column: column)] = count
    reading.markIncomplete()
    guard count <= Self.toldSingly else { return }
    reading.diagnose(
      Diagnostic(
        id, .error, at: item.at(place), text,
        why: "the row is left out, so the population of \(mapping.record.name) is incomplete",
        fix: fix))
  }

  /// Tells what only the end of the file shows.
  func finish() {
    if rowCount > 0 {
      for path in unseenPaths.sorted() {
        guard let field = mapping.fields.first(where: { $0.export == path }) else { continue }
        reading.diagnose(
          .noColumn(path, for: field.column.name, among: sampleKeys, at: item.label))
      }
    }
    for (problem, count) in problems.sorted(by: { $0.key < $1.key }) where count > Self.toldSingly {
      reading.diagnose(
        Diagnostic(
          problem.id, .error, at: item.label,
          "\(problem.column): the same in \(count - Self.toldSingly) more of \(rowCount) rows",
          why: "each of these rows is left out", fix: ""))
    }
  }
}

extension JSON {
  /// What stands at a JSON pointer (RFC 6901); nil when it leads nowhere.
  func value(atPointer pointer: String) -> JSON? {
    if pointer.isEmpty { return self }
    guard pointer.hasPrefix("/") else { return nil }
    var value = self
    for step in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let key = String(step).replacing("~1", with: "/").replacing("~0", with: "~")
      if let array = value.array {
        guard let index = Int(key), array.indices.contains(index) else { return nil }
        value = array[index]
      } else {
        guard value.has(key) else { return nil }
        value = value[key]
      }
    }
    return value
  }

  /// A key as a step of a JSON pointer.
  static func pointerEscaped(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
  }
}

/// Whether a text is an IPv4 or IPv6 address.
func isAddress(_ text: String) -> Bool {
  // Nearly all that is asked is a name, which a byte shows.
  let isPlain = text.utf8.allSatisfy {
    (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20)
      || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "+")
      || $0 == UInt8(ascii: "-") || $0 >= 0x80
  }
  if !isPlain { return false }
  let v4 = text.split(separator: ".", omittingEmptySubsequences: false)
  if v4.count == 4, v4.allSatisfy({ UInt8($0) != nil }) { return true }
  return text.utf8.count(where: { $0 == UInt8(ascii: ":") }) >= 2
    && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
}

extension Diagnostic {
  fileprivate static func noColumn(
    _ export: String, for column: String, among known: [String], at place: String
  ) -> Diagnostic {
    let near = nearest(to: export, among: known)
    return Diagnostic(
      "table.no-column", .error, at: place,
      "the export has no column '\(export)', which feeds \(column)"
        + (near.map { "; did you mean '\($0)'?" } ?? ""),
      why: "\(column) is unknown in every row",
      fix: "correct columns: {\(column): ...}; the export has "
        + known.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
        + (known.count > 12 ? " and \(known.count - 12) more" : ""))
  }

  fileprivate static func repeatedColumn(
    _ export: String, count: Int, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "table.repeated-column", .warning, at: place,
      "column '\(export)' occurs \(count) times; the first is read",
      why: "it cannot be told which one is meant", fix: "rename or remove the others")
  }

  fileprivate static func noRows(_ what: String, at place: String) -> Diagnostic {
    Diagnostic(
      "table.no-rows", .error, at: place, what,
      why: "it cannot be told where the rows are",
      fix: "add rows: with the JSON pointer to the array of rows; \"\" is the whole file as one row"
    )
  }
}
