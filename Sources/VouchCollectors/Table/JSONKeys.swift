import VouchModel

/// The names of the fields of an export's first row, also when only its beginning is at hand.
enum JSONKeys {
  /// Dotted paths of a row's scalars and lists; of lists of objects `list.*.key`.
  static func paths(of row: JSON, prefix: String = "") -> [String] {
    (row.object ?? []).flatMap { key, value -> [String] in
      let path = prefix + key
      if value.object != nil { return paths(of: value, prefix: path + ".") }
      if let first = value.array?.first, first.object != nil {
        return [path] + paths(of: first, prefix: path + ".*.")
      }
      return [path]
    }
  }

  /// The keys of the first object that is a row: the first element of the first array of objects,
  /// or the object that the text begins with when it holds no such array.
  ///
  /// - Returns: the row's top-level keys and its dotted paths; nil when there is no object. A text
  ///   that is cut off gives what it shows.
  static func ofFirstRow(_ text: String) -> (keys: [String], paths: [String])? {
    guard let row = firstRow(text) else { return nil }
    return ((row.object ?? []).map(\.key), paths(of: row))
  }

  private static func firstRow(_ text: String) -> JSON? {
    // One object a line: the first line is a row by itself.
    if let end = text.firstIndex(of: "\n"), let line = try? JSON.parse(text[..<end].utf8),
      line.object != nil, !rest(text, after: end).isEmpty
    {
      return line
    }
    guard let json = try? JSON.parse(completed(Array(text.utf8))) else { return nil }
    if let first = json.array?.first { return first.object == nil ? nil : first }
    let arrays = (json.object ?? []).compactMap { $0.value.array }
    let rows = arrays.first { $0.first?.object != nil }
    return rows?.first ?? (json.object == nil ? nil : json)
  }

  private static func rest(_ text: String, after end: String.Index) -> Substring {
    text[end...].drop { $0.isWhitespace }
  }

  /// JSON text that was cut off, with what is needed to make it whole: the unfinished member is
  /// removed and everything open is closed.
  static func completed(_ bytes: [UInt8]) -> [UInt8] {
    var open: [UInt8] = []
    var inString = false
    var isEscaped = false
    /// Length and nesting up to the last place where the text could end.
    var safe: (count: Int, open: [UInt8]) = (0, [])
    for (i, byte) in bytes.enumerated() {
      if inString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        safe = (i + 1, open)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = open.popLast()
        safe = (i + 1, open)
      case UInt8(ascii: ","): safe = (i, open)
      default: break
      }
    }
    if open.isEmpty { return bytes }
    return Array(bytes[..<safe.count]) + safe.open.reversed()
  }
}
