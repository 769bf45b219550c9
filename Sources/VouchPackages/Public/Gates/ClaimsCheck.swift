import VouchModel

/// Keeps claims that only an auditor or nobody may make off the public page, in every language
/// (soc2-guide 8), also in pieces, encoded or in look-alike letters.
struct ClaimsCheck {
  private struct Phrase {
    let text: String
    let words: [String]
    let isStem: Bool
    let why: String
  }

  private let byFirst: [String: [Phrase]]
  private let stems: [Phrase]

  /// Languages whose claims are known here; another brings its own list with its words.
  static let languages: Set<String> = ["en", "de", "fr", "es", "it", "nl", "pt"]

  /// - Parameter more: phrases of a further language, separated by semicolons, `*` for a stem.
  init(more: String = "") {
    let own = more.split(separator: ";").map {
      BlockedPhrase(
        publicPhrase: String($0), "the words of this language name it as a claim")
    }
    let phrases = (BlockedPhrase.everywhere + BlockedPhrase.inPublic + BlockedPhrase.asClaims + own)
      .compactMap { phrase -> Phrase? in
        let words = FoldedText(phrase.text).words.map(\.text)
        if words.isEmpty { return nil }
        return Phrase(text: phrase.text, words: words, isStem: phrase.isStem, why: phrase.why)
      }
    stems = phrases.filter { $0.isStem && $0.words.count == 1 }
    byFirst = Dictionary(grouping: phrases.filter { !$0.isStem || $0.words.count > 1 }) {
      $0.words[0]
    }
  }

  /// - Parameter isOwn: a text of management's, whose place is a line already.
  func findings(in text: ReadText, isOwn: Bool = false) -> [Diagnostic] {
    var first: [String: (line: Int, why: String)] = [:]
    for (_, words) in text.views {
      for (phrase, line) in matches(words.words) + matches(words.spelledOut)
      where first[phrase.text] == nil {
        first[phrase.text] = (line, phrase.why)
      }
    }
    return first.sorted { ($0.value.line, $0.key) < ($1.value.line, $1.key) }.map { phrase, found in
      Diagnostic(
        "publish.claim", .error, at: isOwn ? text.path : text.place(line: found.line),
        "'\(phrase)' is not management's to say", why: found.why,
        fix: "say what was done and what was found, without a judgement on it")
    }
  }

  private func matches(_ words: [FoldedText.Word]) -> [(Phrase, Int)] {
    var found: [(Phrase, Int)] = []
    for index in words.indices {
      let word = words[index]
      for phrase in byFirst[word.text] ?? []
      where index + phrase.words.count <= words.count {
        let isMatch = phrase.words.indices.allSatisfy { offset in
          let there = words[index + offset].text
          let isLast = offset == phrase.words.count - 1
          return phrase.isStem && isLast
            ? there.hasPrefix(phrase.words[offset]) : there == phrase.words[offset]
        }
        if isMatch { found.append((phrase, word.line)) }
      }
      for stem in stems where word.text.hasPrefix(stem.words[0]) { found.append((stem, word.line)) }
    }
    return found
  }
}
