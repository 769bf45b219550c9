import VouchModel

extension Head {
  /// The key paths that the head of a JSON text shows, arrays written as `[]`:
  /// `Users`, `Users[]`, `Users[].Arn`. Of JSON Lines, those of all lines.
  ///
  /// Formats are told apart by their keys, and a key is not told by searching for its name: the
  /// same word may stand in a value or three levels deeper. Answers recorded by a test tool are
  /// wrapped in `{"status_code", "data"}`; their paths appear with and without the wrapper.
  var jsonPaths: Set<String> {
    guard json != nil else { return [] }
    var paths = JSONOutline(text: text).paths
    if paths.contains("status_code"), paths.contains("data") {
      paths.formUnion(paths.filter { $0.hasPrefix("data.") }.map { String($0.dropFirst(5)) })
    }
    return paths
  }

  /// Whether the head shows every one of these key paths.
  func hasJSON(_ paths: String...) -> Bool { jsonPaths.isSuperset(of: paths) }
}

/// A scan of possibly cut-off JSON text for its key paths.
private struct JSONOutline {
  private(set) var paths: Set<String> = []

  /// Deeper keys tell no format apart.
  private static let depthLimit = 12

  init(text: String) {
    let bytes = Array(text.utf8)
    var containers: [String] = []
    var pending = ""
    var at = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "{"):
        containers.append(pending)
      case UInt8(ascii: "["):
        pending += "[]"
        paths.insert(pending)
        containers.append(pending)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        containers = containers.dropLast()
        pending = containers.last ?? ""
      case UInt8(ascii: ","):
        pending = containers.last ?? ""
      case UInt8(ascii: "\""):
        let (string, end) = Self.string(bytes, at)
        guard let end else { return }
        at = end
        if Self.isKey(bytes, end), let base = containers.last {
          pending = base.isEmpty ? string : "\(base).\(string)"
          paths.insert(pending)
        }
      default: break
      }
      if containers.count > Self.depthLimit { return }
      at += 1
    }
  }

  /// The string that begins at a quotation mark and the position of its closing one.
  private static func string(_ bytes: [UInt8], _ start: Int) -> (String, Int?) {
    var at = start + 1
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard at < bytes.count else { return ("", nil) }
    return (String(decoding: bytes[(start + 1)..<at], as: UTF8.self), at)
  }

  private static func isKey(_ bytes: [UInt8], _ end: Int) -> Bool {
    var at = end + 1
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    return at < bytes.count && bytes[at] == UInt8(ascii: ":")
  }
}
