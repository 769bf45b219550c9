import VouchModel

/// What a cell of an export becomes in a record, or why it cannot.
enum TableCell {
  enum Problem: Error, Equatable {
    /// The text is not of the column's kind; says what would be.
    case type(expected: String)
    /// A time without a zone, in a source without one.
    case zoneUnknown
    /// A word that the source's `values` do not list.
    case value(near: String?)
  }
}

extension TableMapping.Field {
  /// The value of a CSV cell.
  func value(
    ofCell cell: String, in mapping: TableMapping, zone: Zone?
  ) throws(TableCell.Problem) -> Value {
    let text = cell.trimmed
    switch column.kind {
    case .list: return try listValue(ofCell: text, separator: mapping.separator)
    case .json: return try jsonValue(ofCell: text)
    default:
      guard let word = try mapped(text) else { return .null }
      return try scalar(word, in: mapping, zone: zone)
    }
  }

  /// The value of a JSON value at this field's path; several from a path with `*`.
  func value(
    of json: JSON, in mapping: TableMapping, zone: Zone?
  ) throws(TableCell.Problem) -> Value {
    switch (column.kind, json) {
    case (.list, .array(let elements)):
      var words: [String] = []
      for element in elements {
        guard element.array == nil, element.object == nil else {
          throw .type(expected: "a list of words")
        }
        if let word = try mapped(element.written) { words.append(word) }
      }
      return .list(words)
    case (.json, .array), (.json, .object): return .text(json.serialised)
    case (_, .array), (_, .object): throw .type(expected: "\(column.kind.phrase), not a structure")
    case (.text, .number(let n)), (.host, .number(let n)): return .text(try mapped(n))
    default: return try value(ofCell: json.written, in: mapping, zone: zone)
    }
  }

  /// The word after `values`; nil where the export says nothing.
  private func mapped(_ text: String) throws(TableCell.Problem) -> String? {
    if values.isEmpty { return isNoneSpelling(text) ? nil : text }
    if let word = values[text] { return isNoneSpelling(word) ? nil : word }
    if isNoneSpelling(text) { return nil }
    if let word = values["*"] { return isNoneSpelling(word) ? nil : word }
    if values.values.contains(text) { return text }
    throw .value(near: nearest(to: text, among: values.keys))
  }

  private func scalar(
    _ word: String, in mapping: TableMapping, zone: Zone?
  ) throws(TableCell.Problem) -> Value {
    switch column.kind {
    case .integer:
      let number = mapping.decimalComma ? word.withDecimalPoint : word
      guard let number, let value = Int64(number) ?? Double(number).flatMap(Int64.init(exactly:))
      else { throw .type(expected: "a whole number") }
      return .integer(value)
    case .real:
      let number = mapping.decimalComma ? word.withDecimalPoint : word
      guard let number, let value = Double(number), value.isFinite else {
        throw .type(
          expected: mapping.decimalComma
            ? "a number with decimal comma" : "a number with decimal point")
      }
      return .real(value)
    case .flag:
      guard let value = flagSpelling(word) else { throw .type(expected: "yes or no") }
      return .flag(value)
    case .instant: return try instant(word, zone: zone)
    default: return .text(word)
    }
  }

  private func instant(_ word: String, zone: Zone?) throws(TableCell.Problem) -> Value {
    let time: WrittenTime
    if let pattern {
      guard let read = pattern.read(word) else {
        throw .type(expected: "a time in the layout of its format")
      }
      time = read
    } else if let read = WrittenTime(iso: word) {
      time = read
    } else if word == "0" {
      return .null
    } else if word.utf8.count >= 9, word.utf8.allSatisfy({ (48...57).contains($0) || $0 == 0x2E }),
      let instant = epochInstant(word)
    {
      return .instant(instant)
    } else {
      throw .type(expected: "a time in ISO 8601 or epoch seconds; name another layout in formats")
    }
    if let instant = time.instant { return .instant(instant) }
    guard let zone else { throw .zoneUnknown }
    return .instant(zone.instant(time))
  }

  private func listValue(
    ofCell text: String, separator: Character
  ) throws(TableCell.Problem) -> Value {
    if text.hasPrefix("["), let json = try? JSON.parse(Array(text.utf8)), let all = json.strings {
      var words: [String] = []
      for element in all { if let word = try mapped(element) { words.append(word) } }
      return .list(words)
    }
    if isNoneSpelling(text), values[text] == nil { return .null }
    var words: [String] = []
    for part in text.split(separator: separator) {
      if let word = try mapped(part.trimmed) { words.append(word) }
    }
    return .list(words)
  }

  private func jsonValue(ofCell text: String) throws(TableCell.Problem) -> Value {
    if isNoneSpelling(text) { return .null }
    guard let json = try? JSON.parse(Array(text.utf8)), json.array != nil || json.object != nil
    else { throw .type(expected: "a JSON object or array") }
    return .text(json.serialised)
  }
}

extension JSON {
  /// A scalar as a cell would write it; empty for null and structures.
  var written: String {
    switch self {
    case .string(let s): s
    case .number(let n): n
    case .bool(let b): b ? "true" : "false"
    default: ""
    }
  }

  /// What stands at a dotted path: keys, indices, `*` for every element of an array. A key that
  /// is itself written with dots is found too. Nil when the path leads nowhere.
  func value(atPath path: String) -> JSON? {
    if has(path) { return self[path] }
    return value(atPath: path.split(separator: ".")[...])
  }

  private func value(atPath path: ArraySlice<Substring>) -> JSON? {
    guard let step = path.first else { return self }
    let rest = path.dropFirst()
    if step == "*", let array {
      return .array(
        array.compactMap { $0.value(atPath: rest) }.flatMap { found in
          rest.contains("*") ? found.elements : [found]
        })
    }
    if let array, let index = Int(step) {
      return array.indices.contains(index) ? array[index].value(atPath: rest) : nil
    }
    return has(String(step)) ? self[String(step)].value(atPath: rest) : nil
  }
}

extension Column.Kind {
  /// As a message names what a column holds.
  var phrase: String {
    switch self {
    case .text: "a word"
    case .integer: "a whole number"
    case .real: "a number"
    case .flag: "yes or no"
    case .instant: "a time"
    case .list: "a list"
    case .json: "a JSON object or array"
    case .host: "the name of a machine"
    }
  }
}

extension String {
  /// `1.234,5` as `1234.5`; nil when the points are not where groups of three end.
  var withDecimalPoint: String? {
    let parts = split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first else { return nil }
    let groups = whole.split(separator: ".", omittingEmptySubsequences: false)
    guard groups.dropFirst().allSatisfy({ $0.count == 3 }) else { return nil }
    return groups.joined() + (parts.count == 2 ? ".\(parts[1])" : "")
  }
}
