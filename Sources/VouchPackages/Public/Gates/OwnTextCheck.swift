import VouchModel

/// What management may not say in texts of its own, although nothing of it is a claim by itself:
/// figures that nobody could check, and a CPA's report outside the place that has its rules.
enum OwnTextCheck {
  static func findings(_ publication: Publication) -> [Diagnostic] {
    let promises = Set(publication.commitments)
    return publication.texts.flatMap { text -> [Diagnostic] in
      var found: [Diagnostic] = []
      if !promises.contains(text), hasShare(text.text) {
        found.append(
          Diagnostic(
            "publish.figure-by-hand", .error, at: text.place,
            "the text has a percentage that does not come from the package",
            why: "a figure that was typed cannot be checked, and grows old without anybody seeing",
            fix: "leave it out; a promise belongs under publishing.commitments"))
      }
      if namesReport(text.text) {
        found.append(
          Diagnostic(
            "publish.claim", .error, at: text.place, "the text speaks of a SOC report",
            why: "a report is mentioned as a plain fact, with its date, its firm and its end",
            fix: "enter it under publishing.report"))
      }
      return found
    }
  }

  private static func hasShare(_ text: String) -> Bool {
    text.lowercased().contains(#/[0-9][0-9.,]*[\s\u{A0}]*(%|per ?cent|prozent|nines)/#)
  }

  /// `SOC 2`, `SOC-2`, `SOC2`, `SOC II`.
  private static func namesReport(_ text: String) -> Bool {
    let words = FoldedText(text).words.map(\.text)
    let numbers: Set<String> = ["1", "2", "3", "i", "ii", "iii"]
    return words.indices.contains { index in
      if ["soc1", "soc2", "soc3"].contains(words[index]) { return true }
      return words[index] == "soc" && index + 1 < words.count && numbers.contains(words[index + 1])
    }
  }
}

/// Finds rules of a workspace's style sheet that hide something which the built-in one shows.
struct HidingCheck {
  private let known: Set<String>

  init(builtIn: String) { known = Set(Self.hiding(builtIn).map(\.rule)) }

  func findings(in file: TemplateFile) -> [Diagnostic] {
    Self.hiding(file.text).filter { !known.contains($0.rule) }.map {
      Diagnostic(
        "publish.markup", .error, at: "\(file.path):\($0.line)", "a style that hides something",
        why: "what the page has to say has to be seen",
        fix: "take the rule out; the built-in style sheet has the ones that are needed")
    }
  }

  /// Rules with a declaration that hides, without blanks, and their lines.
  private static func hiding(_ css: String) -> [(rule: String, line: Int)] {
    var found: [(String, Int)] = []
    var rule = ""
    var line = 1
    var start = 1
    for character in css {
      if character == "\n" { line += 1 }
      if character == "{" || character == "}" || character == ";" {
        if character == "}" || character == ";", hides(rule) { found.append((rule, start)) }
        // A declaration is judged with its selector in front.
        if character == ";" {
          rule = String(rule.prefix(through: rule.lastIndex(of: "{") ?? rule.startIndex))
        } else {
          rule = character == "{" ? rule + "{" : ""
        }
        if character == "}" { start = line }
      } else if !character.isWhitespace {
        if rule.isEmpty { start = line }
        rule.append(contentsOf: character.lowercased())
      }
    }
    return found
  }

  private static func hides(_ rule: String) -> Bool {
    let declaration = rule[(rule.lastIndex(of: "{") ?? rule.startIndex)...].dropFirst()
    let name = declaration.prefix { $0 != ":" }
    let value = declaration.dropFirst(name.count + 1)
    let isNothing = value.prefix { "0.".contains($0) }.contains("0") && !value.contains(/[1-9]/)
    switch name {
    case "display": return value.hasPrefix("none")
    case "visibility": return value.hasPrefix("hidden") || value.hasPrefix("collapse")
    case "opacity", "font-size", "max-height", "max-width", "line-height", "scale", "zoom":
      return isNothing
    case "clip", "clip-path", "mask", "transform", "filter", "text-indent": return true
    case "color": return value.hasPrefix("transparent")
    case "content-visibility": return true
    case "left", "right", "top", "bottom", "margin-left", "margin-top": return value.hasPrefix("-")
    default: return false
    }
  }
}
