/// A path in a package, relative to its folder, `/` between the parts.
///
/// Compared byte for byte. Swift compares text by canonical equivalence, under which two
/// different files could count as one.
struct BagPath: Hashable, Comparable, Sendable, CustomStringConvertible {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  static func == (a: BagPath, b: BagPath) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  static func < (a: BagPath, b: BagPath) -> Bool {
    a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }

  var description: String { text }

  /// The last part.
  var name: Substring {
    text[(text.lastIndex(of: "/").map(text.index(after:)) ?? text.startIndex)...]
  }

  /// Everything before the last part, without `/` at the end; empty at the top.
  var folder: Substring { text[..<(text.lastIndex(of: "/") ?? text.startIndex)] }

  var isPayload: Bool { text.utf8.starts(with: "data/".utf8) }

  func isIn(_ folder: String) -> Bool { text.utf8.starts(with: "\(folder)/".utf8) }

  func hasSuffix(_ suffix: String) -> Bool {
    text.utf8.reversed().starts(with: suffix.utf8.reversed())
  }
}

extension BagPath {
  /// The path that a relative address in this file leads to; nil when that is outside the
  /// package or no file's name.
  func resolving(_ address: String) -> BagPath? {
    var parts = folder.split(separator: "/")
    for part in address.split(separator: "/", omittingEmptySubsequences: false) {
      switch part {
      case "": return nil
      case ".": continue
      case "..":
        if parts.popLast() == nil { return nil }
      default: parts.append(part)
      }
    }
    return parts.isEmpty ? nil : BagPath(parts.joined(separator: "/"))
  }
}
