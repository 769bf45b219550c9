import VouchModel

extension WordingLint {
  /// What management should look at again before the package goes out; warnings, never errors
  /// (soc2-guide 9).
  public static func advice(on assessment: Assessment) -> [Diagnostic] {
    let advice = WordingAdvice(assessment: assessment)
    return advice.owners + advice.unadapted + advice.repeated + advice.placeholders
      + advice.dates + advice.conclusions
  }
}

private struct WordingAdvice {
  let assessment: Assessment

  private var engagement: Engagement { assessment.engagement }

  var owners: [Diagnostic] {
    assessment.conclusions.filter { $0.owner.allSatisfy(\.isWhitespace) }.map {
      Diagnostic(
        "wording.owner-missing", .warning, at: $0.control.file, "\($0.control.id) has no owner",
        why: "an auditor asks who answers for a control", fix: "name a person in vouch.yaml")
    }
  }

  /// Controls that say what the template says: a reader sees that nobody made them their own.
  var unadapted: [Diagnostic] {
    let own = Dictionary(engagement.adoptions.map { ($0.control, $0.activity) }) { a, _ in a }
    return assessment.conclusions.filter { (own[$0.control.id] ?? "").isEmpty }.map {
      Diagnostic(
        "wording.not-adapted", .warning, at: $0.control.file,
        "\($0.control.id) is worded as the template has it",
        why: "a control has to say what this organization really does",
        fix: "give the activity in your own words in vouch.yaml")
    }
  }

  /// The same paragraph in two controls: one of them was probably copied.
  var repeated: [Diagnostic] {
    var first: [String: String] = [:]
    var found: [Diagnostic] = []
    for text in texts where !text.control.isEmpty {
      for paragraph in text.text.split(separator: "\n") where paragraph.count >= 60 {
        let key = String(paragraph).lowercased()
        guard let other = first[key] else {
          first[key] = text.control
          continue
        }
        if other == text.control { continue }
        found.append(
          Diagnostic(
            "wording.repeated", .warning, at: text.place,
            "a paragraph of \(text.control) stands in \(other) too",
            why: "a copied text seldom says what both controls do"))
      }
    }
    return found
  }

  var placeholders: [Diagnostic] {
    texts.flatMap { text in
      let spoken = text.text.lowercased()
      return Self.marks.filter { Self.has(spoken, $0) }.map {
        Diagnostic(
          "wording.placeholder", .warning, at: text.place, "'\($0)' looks like a placeholder",
          why: "a package that was not written to the end is not ready for an auditor")
      }
    }
  }

  private static let marks = [
    "todo", "tbd", "fixme", "lorem ipsum", "to be determined", "[insert", "<insert", "xxx",
    "changeme", "placeholder", "{{",
  ]

  /// Whole words only: `todo` is no part of `mastodon`.
  private static func has(_ text: String, _ mark: String) -> Bool {
    var rest = text[...]
    while let range = rest.firstRange(of: mark) {
      let before = text[..<range.lowerBound].last?.isLetter ?? false
      let after = range.upperBound < text.endIndex && text[range.upperBound].isLetter
      let isWord = mark.first?.isLetter ?? false
      if !isWord || (!before && !after) { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }

  /// Dates that lie after the date the package speaks of. A response may name a date to come.
  var dates: [Diagnostic] {
    let asOf = assessment.asOf
    let waivers = engagement.waivers.filter { $0.approvedAt > asOf }.map {
      late("waiver \($0.id)", at: "vouch.yaml", "was approved on \($0.approvedAt.date)")
    }
    let evidence = assessment.evidence.compactMap { row in
      row.effectiveAt.flatMap {
        $0 > asOf ? late(row.label, at: row.label, "speaks of \($0.date)") : nil
      }
    }
    let written = texts.filter { !$0.isResponse }.flatMap { text in
      Self.isoDates(text.text).filter { $0 > asOf }.map {
        late("the text", at: text.place, "names \($0.date)")
      }
    }
    return waivers + evidence + written
  }

  /// Texts that judge instead of saying what is done: an effective control is what a CPA
  /// concludes, and "all", "always" and "never" are what evidence has to show.
  var conclusions: [Diagnostic] {
    let blocked = WordingLint(.package)
    return texts.flatMap { text in
      let words = Self.words(of: text.text)
      let found = Self.judgements.filter { Self.contains(words, $0) }
      return blocked.findings(in: text.text, at: text.place)
        + found.map { phrase in
          Diagnostic(
            "wording.conclusion", .warning, at: text.place,
            "'\(phrase.joined(separator: " "))' reads like a conclusion",
            why:
              "management says what is done and what was found; whether it is enough is the auditor's to say",
            fix: "say who does what, when, and what is left as a trace")
        }
    }
  }

  private static let judgements: [[String]] = [
    "operating effectively", "operated effectively", "operate effectively", "suitably designed",
    "effectively designed", "fully effective", "is effective", "are effective", "is adequate",
    "are adequate", "is sufficient", "are sufficient", "fully secure", "completely secure",
    "is secure", "are secure", "best in class", "state of the art", "fully compliant",
    "in full compliance", "without exception", "no deviations", "no exceptions", "meets all",
    "wirksam ausgestaltet", "ist wirksam", "sind wirksam", "ist angemessen", "sind angemessen",
    "ist sicher", "ohne ausnahme", "lückenlos",
  ].map { $0.split(separator: " ").map(String.init) }

  private static func words(of text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  private static func contains(_ words: [String], _ phrase: [String]) -> Bool {
    guard words.count >= phrase.count else { return false }
    return (0...words.count - phrase.count).contains {
      words[$0..<$0 + phrase.count].elementsEqual(phrase)
    }
  }

  private func late(_ what: String, at place: String, _ fact: String) -> Diagnostic {
    Diagnostic(
      "wording.date-after-as-of", .warning, at: place,
      "\(what) \(fact), after \(assessment.asOf.date)",
      why: "the package speaks of what was the case at \(assessment.asOf.iso8601)")
  }

  private static func isoDates(_ text: String) -> [Instant] {
    text.split { !($0.isNumber || $0 == "-") }
      .filter { $0.count == 10 }.compactMap { WrittenTime(iso: $0)?.local }
  }

  private struct Written {
    let control: String
    let place: String
    let text: String
    var isResponse = false
  }

  /// Everything that management wrote itself.
  private var texts: [Written] {
    let about = [engagement.organization, engagement.system, engagement.systemDescription].map {
      Written(control: "", place: "vouch.yaml", text: $0)
    }
    let adoptions = engagement.adoptions.flatMap { adoption in
      [
        Written(
          control: adoption.control, place: "vouch.yaml: \(adoption.control)",
          text: adoption.activity),
        Written(
          control: adoption.control, place: "vouch.yaml: \(adoption.control)",
          text: adoption.response, isResponse: true),
      ]
    }
    let waivers = engagement.waivers.map {
      Written(control: "", place: "vouch.yaml: \($0.id)", text: "\($0.reason)\n\($0.measure)")
    }
    let exclusions = engagement.exclusions.map {
      Written(control: "", place: "vouch.yaml: \($0.thing)", text: $0.reason)
    }
    return about + adoptions + waivers + exclusions
  }
}
