import VouchModel

/// The first rows of an export that nobody has mapped yet: its names and what stands below them.
public struct TableSample: Sendable {
  /// How much of a file is looked at.
  public static let size = 1 << 20
  /// How many rows are looked at.
  static let rowLimit = 500

  /// The file's name, in lower case.
  public let file: String
  /// Column names or dotted JSON paths, in the file's order, each once.
  public let names: [String]
  public let rowCount: Int
  /// JSON pointer to the rows, when they do not stand at the top.
  public let rows: String?
  /// What the rows have below a name: trimmed, the spellings of "none" left out.
  let values: [String: [String]]
  /// Names below which some row has a list or an object.
  let structures: Set<String>
  /// In how many rows there is nothing below a name.
  let gaps: [String: Int]
  /// What the cells below a name can be; nothing for a name without any.
  let kinds: [String: CellKinds]
  /// Where the names stand in ``names``, by their lower-case letters and digits.
  let plain: [String: [Int]]
  /// The same by the last part of dotted names.
  let last: [String: [Int]]

  /// Nil when the text is neither delimited nor JSON with objects as rows.
  ///
  /// - Parameters:
  ///   - isCut: the file goes on behind `head`, so its last row may not be whole.
  ///   - takesObject: an object without rows is a row itself.
  public init?(_ head: Head, isCut: Bool = false, takesObject: Bool = false) {
    var collected: Collected
    if head.json == nil {
      guard head.delimitedHeader != nil else { return nil }
      collected = Collected(delimited: head.text, isCut: isCut)
      rows = nil
    } else {
      guard let found = JSONRows(head.text, isCut: isCut, takesObject: takesObject) else {
        return nil
      }
      collected = Collected(found.rows)
      rows = found.pointer
    }
    if collected.names.isEmpty { return nil }
    file = head.name
    names = collected.names
    rowCount = collected.count
    values = collected.values
    structures = collected.structures
    gaps = collected.gaps
    kinds = values.mapValues { CellKinds($0) }
    let all = collected.names
    plain = Dictionary(grouping: all.indices) { TableSynonyms.plain(all[$0]) }
    last = Dictionary(grouping: all.indices) { i in
      TableSynonyms.plain(all[i].split(separator: ".").last ?? "")
    }
  }

  /// Whether so many rows have nothing below a name that it cannot be a key.
  func isGappy(_ name: String) -> Bool { (gaps[name] ?? 0) * 10 > rowCount }

  /// Whether no two rows have the same in these columns and none is empty, as in a key.
  func isKey(_ names: [String]) -> Bool {
    guard rowCount > 1, names.allSatisfy({ gaps[$0] == nil && !structures.contains($0) }) else {
      return rowCount <= 1
    }
    let columns = names.map { values[$0] ?? [] }
    guard columns.allSatisfy({ $0.count == rowCount }) else { return false }
    let keys = (0..<rowCount).map { row in columns.map { $0[row] } }
    return Set(keys).count == rowCount
  }

  private struct Collected {
    var names: [String] = []
    var count = 0
    var values: [String: [String]] = [:]
    var structures: Set<String> = []
    var gaps: [String: Int] = [:]

    init(delimited text: String, isCut: Bool) {
      var parser = DelimitedText(separator: DelimitedText.separator(of: text))
      var all: [[String]] = []
      func take(_ cells: [String], _ line: Int) {
        if all.count <= TableSample.rowLimit { all.append(cells) }
      }
      try? parser.feed(Array(text.utf8)[...], take)
      if !isCut { try? parser.finish(take) }
      let header = all.first?.map(\.trimmed) ?? []
      for name in header where !name.isEmpty && !names.contains(name) { names.append(name) }
      for cells in all.dropFirst() where cells.count == header.count {
        count += 1
        for name in names {
          if let i = header.firstIndex(of: name) { add(cells[i].trimmed, to: name) }
        }
      }
    }

    init(_ rows: [JSON]) {
      for row in rows.prefix(TableSample.rowLimit) where row.object != nil {
        for path in JSONKeys.paths(of: row) where !names.contains(path) { names.append(path) }
      }
      for row in rows.prefix(TableSample.rowLimit) where row.object != nil {
        count += 1
        for name in names { add(row.value(atPath: name) ?? .null, to: name) }
      }
    }

    private mutating func add(_ json: JSON, to name: String) {
      if let elements = json.array {
        structures.insert(name)
        elements.forEach { values[name, default: []].append($0.written) }
      } else if json.object != nil {
        structures.insert(name)
      } else {
        add(json.written, to: name)
      }
    }

    private mutating func add(_ text: String, to name: String) {
      if isNoneSpelling(text) {
        gaps[name, default: 0] += 1
      } else {
        values[name, default: []].append(text)
      }
    }
  }
}

/// What all the cells of one column can be read as.
struct CellKinds: Sendable {
  let layout: TimeLayout?
  let areFlags: Bool
  let areNumbers: Bool
  let areWholeNumbers: Bool
  let areStructures: Bool
  let distinct: Int

  init(_ cells: [String]) {
    let distinct = Set(cells)
    self.distinct = distinct.count
    layout = TimeLayout(of: distinct)
    areFlags = distinct.allSatisfy { flagSpelling($0) != nil }
    let numbers = distinct.map { Double($0) ?? $0.withDecimalPoint.flatMap { Double($0) } }
    areNumbers = numbers.allSatisfy { $0?.isFinite ?? false }
    areWholeNumbers = numbers.allSatisfy { $0.flatMap(Int64.init(exactly:)) != nil }
    areStructures = distinct.allSatisfy { cell in
      guard cell.first == "{" || cell.first == "[" else { return false }
      return (try? JSON.parse(cell.utf8)) != nil
    }
  }
}

/// Where the rows of a JSON text are.
private struct JSONRows {
  let rows: [JSON]
  /// Nil when the rows are found without it.
  let pointer: String?

  /// Lines with an object each, or the largest array of objects that is not inside of another.
  init?(_ text: String, isCut: Bool, takesObject: Bool) {
    if let lines = Self.lines(text, isCut: isCut) {
      rows = lines
      pointer = nil
      return
    }
    guard let json = try? JSON.parse(JSONKeys.completed(Array(text.utf8))) else { return nil }
    var best: (rows: [JSON], pointer: String)?
    func look(_ value: JSON, _ pointer: String, _ depth: Int) {
      if let elements = value.array {
        let count = elements.count { $0.object != nil }
        if count > best?.rows.count ?? 0 { best = (elements, pointer) }
        return
      }
      guard depth < 4 else { return }
      for (key, inner) in value.object ?? [] {
        look(inner, "\(pointer)/\(JSON.pointerEscaped(key))", depth + 1)
      }
    }
    look(json, "", 0)
    if let best {
      rows = best.rows
      pointer = best.pointer.isEmpty ? nil : best.pointer
    } else if takesObject, json.object != nil {
      rows = [json]
      pointer = ""
    } else {
      return nil
    }
  }

  private static func lines(_ text: String, isCut: Bool) -> [JSON]? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: true)
      .filter { !$0.allSatisfy(\.isWhitespace) }
    guard let first = lines.first, let row = try? JSON.parse(first.utf8), row.object != nil else {
      return nil
    }
    // One line alone is one object, which may hold the rows.
    if lines.count < 2, !isCut { return nil }
    if isCut { lines.removeLast() }
    return lines.prefix(TableSample.rowLimit).compactMap { try? JSON.parse($0.utf8) }
  }
}
