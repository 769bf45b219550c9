import VouchModel

/// Looks for values of the evidence in what is about to be published.
struct LeakCheck {
  let values: IdentifyingValues
  let allowed: AllowedText

  private struct Hit: Hashable {
    let field: String
    let line: Int
    let how: String
    /// 1-based number of the word of the text where it begins; 0 when there is no such word.
    let word: Int
  }

  /// A text that management wrote: only what was entered for publishing may stand in it.
  func findings(inOwn text: ReadText) -> [Diagnostic] {
    first(text, isOwnText: true).map { hit in
      let word = hit.word > 0 ? "word \(hit.word) of the text" : "the text"
      return Diagnostic(
        "publish.leak", .error, at: text.path,
        "\(word) is, or begins, a value that the evidence has in \(hit.field)",
        why: "what names a machine, a person or a finding must not be published",
        fix: "say it in other words; if it is an ordinary word here, add it to "
          + "publishing.approved_terms")
    }
  }

  /// A finished file, or a template of the workspace.
  func findings(in file: ReadText) -> [Diagnostic] {
    first(file, isOwnText: false).map { hit in
      Diagnostic(
        "publish.leak", .error, at: file.place(line: hit.line),
        "there is a value that the evidence has in \(hit.field)"
          + (hit.how == "as it is" ? "" : " (\(hit.how))"),
        why: "what names a machine, a person or a finding must not be published",
        fix: "take it out of the template or the text it comes from")
    }
  }

  /// The first hit of each field, in the order of the text.
  private func first(_ text: ReadText, isOwnText: Bool) -> [Hit] {
    var first: [String: Hit] = [:]
    for view in text.views {
      for hit in hits(view.words, view.name, isOwnText: isOwnText) where first[hit.field] == nil {
        first[hit.field] = hit
      }
    }
    return first.values.sorted { ($0.line, $0.field) < ($1.line, $1.field) }
  }

  private func hits(_ folded: FoldedText, _ how: String, isOwnText: Bool) -> [Hit] {
    let words = folded.words
    let entered = allowed.ranges(in: words)
    var hits: [Hit] = []
    func note(_ phrase: String, _ field: String, _ range: Range<Int>, _ how: String) {
      if entered.contains(where: {
        $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound
      })
        || !isOwnText && allowed.isWording(phrase)
      {
        return
      }
      let first = words[range.lowerBound]
      hits.append(Hit(field: field, line: first.line, how: how, word: first.number))
    }
    for start in words.indices {
      var phrase = ""
      for length in 1...max(1, values.longest) where start + length <= words.count {
        phrase += (length == 1 ? "" : " ") + words[start + length - 1].text
        guard values.lengths.contains(length), let field = values.phrases[phrase] else { continue }
        note(phrase, field, start..<start + length, how)
      }
    }
    for word in folded.spelledOut {
      guard let field = values.phrases[word.text] else { continue }
      hits.append(Hit(field: field, line: word.line, how: "letter by letter", word: 0))
    }
    for (text, field, range) in compactHits(words) { note(text, field, range, how) }
    return hits
  }

  /// Values without their separators, in the words without theirs. Windows are compared by a
  /// rolling hash, since there are many lengths.
  private func compactHits(_ words: [FoldedText.Word]) -> [(String, String, Range<Int>)] {
    if values.compactLengths.isEmpty { return [] }
    var bytes: [UInt8] = []
    var origins: [Int] = []
    for (index, word) in words.enumerated() {
      for byte in word.text.utf8 {
        bytes.append(byte)
        origins.append(index)
      }
    }
    var found: [(String, String, Range<Int>)] = []
    for length in values.compactLengths where length <= bytes.count {
      guard let hashes = hashesByLength[length] else { continue }
      var hash = RollingHash(length: length)
      for index in bytes.indices {
        hash.push(bytes[index], dropping: index >= length ? bytes[index - length] : 0)
        guard index >= length - 1, hashes.contains(hash.value) else { continue }
        let start = index - length + 1
        let text = String(decoding: bytes[start...index], as: UTF8.self)
        if let field = values.compact[text] {
          found.append((text, field, origins[start]..<origins[index] + 1))
        }
      }
    }
    return found
  }

  private let hashesByLength: [Int: Set<UInt64>]

  init(values: IdentifyingValues, allowed: AllowedText) {
    self.values = values
    self.allowed = allowed
    var hashes: [Int: Set<UInt64>] = [:]
    for text in values.compact.keys {
      var hash = RollingHash(length: text.utf8.count)
      for byte in text.utf8 { hash.push(byte, dropping: 0) }
      hashes[text.utf8.count, default: []].insert(hash.value)
    }
    hashesByLength = hashes
  }
}

/// A hash of the last bytes that can be moved on by one.
private struct RollingHash {
  private static let base: UInt64 = 1_099_511_628_211
  private(set) var value: UInt64 = 0
  private let highest: UInt64

  init(length: Int) {
    var power: UInt64 = 1
    for _ in 0..<length { power = power &* Self.base }
    highest = power
  }

  /// Takes a byte; `dropping` is the one that leaves, 0 while the window fills.
  mutating func push(_ byte: UInt8, dropping old: UInt8) {
    value = value &* Self.base &+ (UInt64(byte) &+ 1)
    if old != 0 { value = value &- (UInt64(old) &+ 1) &* highest }
  }
}
