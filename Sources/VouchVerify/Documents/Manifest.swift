import VouchModel

/// A manifest of a bag (RFC 8493, 2.1.3): paths with their digests, as `sha256sum -c` reads it.
struct Manifest {
  private(set) var digests: [BagPath: Digest] = [:]

  /// Reads every line; what cannot be read becomes a finding of the check.
  init(_ bytes: [UInt8], file: BagPath, check: inout Check) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true {
      lines.removeLast()
    } else {
      check.find("malformed", file, "the last line does not end: the manifest has been cut off")
    }
    for (index, line) in lines.enumerated() {
      let place = "\(file.text):\(index + 1)"
      guard let (digest, path) = Self.read(line) else {
        check.find("malformed", place, "is not a SHA-256 digest, two spaces and a path")
        continue
      }
      if digests.updateValue(digest, forKey: path) != nil {
        check.find("duplicate", place, "lists \(path) a second time")
      }
    }
  }

  private static func read(_ line: ArraySlice<UInt8>) -> (Digest, BagPath)? {
    guard line.count > 66, line.dropFirst(64).prefix(2).elementsEqual("  ".utf8),
      let digest = Digest(hex: String(decoding: line.prefix(64), as: UTF8.self)),
      let path = decoded(line.dropFirst(66))
    else { return nil }
    return (digest, path)
  }

  /// A path with `%0A`, `%0D` and `%25` read as what they stand for; nil when a path could
  /// leave the bag or is no UTF-8.
  private static func decoded(_ bytes: ArraySlice<UInt8>) -> BagPath? {
    var out: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte)
        continue
      }
      switch String(decoding: rest.prefix(2), as: UTF8.self).uppercased() {
      case "0A": out.append(0x0A)
      case "0D": out.append(0x0D)
      case "25": out.append(0x25)
      default: return nil
      }
      rest = rest.dropFirst(2)
    }
    let text = String(decoding: out, as: UTF8.self)
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isEscaping = parts.contains {
      $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8)
    }
    return isEscaping || !text.utf8.elementsEqual(out) ? nil : BagPath(text)
  }
}
