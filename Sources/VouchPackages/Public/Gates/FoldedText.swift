import Foundation

/// A text as somebody means it: case, accents, look-alike letters and characters without a shape
/// told apart no longer, cut into words, each with its line.
struct FoldedText {
  struct Word: Hashable {
    let text: String
    let line: Int
    /// 1-based number of the word in the text; 0 when it was put together.
    var number = 0
  }

  private(set) var words: [Word] = []

  init(_ text: String, line start: Int = 1) {
    var line = start
    var word = String.UnicodeScalarView()
    var first = start
    func flush(_ words: inout [Word]) {
      if word.isEmpty { return }
      words.append(Word(text: String(word), line: first, number: words.count + 1))
      word.removeAll(keepingCapacity: true)
    }
    for scalar in text.unicodeScalars {
      if scalar == "\n" { line += 1 }
      if scalar.isASCII {
        if let plain = Self.plain(scalar) {
          if word.isEmpty { first = line }
          word.append(plain)
        } else {
          flush(&words)
        }
        continue
      }
      if scalar.properties.isDefaultIgnorableCodePoint { continue }
      for part in Self.folded(scalar) {
        if Self.isMark(part) { continue }
        if part.properties.isAlphabetic || part.properties.numericType != nil {
          if word.isEmpty { first = line }
          word.append(part)
        } else {
          flush(&words)
        }
      }
    }
    flush(&words)
  }

  /// The words in one line with single spaces.
  var joined: String { words.map(\.text).joined(separator: " ") }

  /// `s r v 0 0 0 1` as one word: letters that stand alone, three or more in a row.
  var spelledOut: [Word] {
    var out: [Word] = []
    var run: [Word] = []
    func flush(_ out: inout [Word]) {
      if run.count >= 3 {
        out.append(Word(text: run.map(\.text).joined(), line: run[0].line))
      }
      run = []
    }
    for word in words {
      if word.text.unicodeScalars.count == 1 { run.append(word) } else { flush(&out) }
    }
    flush(&out)
    return out
  }

  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 48...57, 97...122: scalar
    case 65...90: Unicode.Scalar(scalar.value + 32)
    default: nil
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: true
    default: false
    }
  }

  /// Compatibility decomposition, look-alikes as Latin, lower case.
  private static func folded(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let parts = String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars
    return parts.flatMap { part -> [Unicode.Scalar] in
      if let latin = lookAlikes[part] { return [latin] }
      if part.properties.numericType == .decimal, let value = part.properties.numericValue,
        let digit = Unicode.Scalar(UInt32(48 + Int(value)))
      {
        return [digit]
      }
      let lower = part.properties.lowercaseMapping.unicodeScalars
      return lower.map { lookAlikes[$0] ?? $0 }
    }
  }

  /// Letters of other scripts that look like Latin ones (UTS 39, the ones of common fonts).
  private static let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = {
    let pairs: [(String, String)] = [
      ("АВЕКМНОРСТУХІЈЅԌԚԜҮҺӀЬ", "abekmhopctyxijsgqwyhlb"),
      ("авекмнорстухіјѕԁԛԝһӏьпгѵ", "abekmhopctyxijsdqwhlbnrv"),
      ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abezhikmnoptyxc"),
      ("αβεηικμνορτυχωγϲ", "abenikuvoptuxwyc"),
      ("օոսհցզ", "onuhgq"),
      ("ıɡɑøłđħŧ", "igaoldht"),
    ]
    var map: [Unicode.Scalar: Unicode.Scalar] = [:]
    for (from, to) in pairs {
      for (a, b) in zip(from.unicodeScalars, to.unicodeScalars) { map[a] = b }
    }
    return map
  }()
}
