import VouchModel

/// The table that `vouch check` prints for people.
public enum CheckTable {
  /// - Parameters:
  ///   - width: columns of the terminal.
  ///   - color: ANSI colours; every verdict has a word and a mark as well.
  public static func text(_ assessment: Assessment, width: Int, color: Bool) -> String {
    var lines: [String] = []
    let a = assessment
    let zone = a.engagement.zone
    lines.append(
      "\(bold(a.engagement.organization, color)) · \(plain(a.engagement.system)) · \(a.period.id) "
        + "(\(zone.date(of: a.period.start)) to \(zone.lastDay(of: a.period))), as of \(a.asOf.iso8601)"
    )
    lines.append("")
    if !a.incomplete.isEmpty {
      lines.append(paint("INCOMPLETE", .fail, color))
      for entry in a.incomplete {
        lines += wrap("  \(entry.source): \(entry.text)", width, indent: 4)
        if !entry.criteria.isEmpty {
          lines += wrap("    affects \(entry.criteria.joined(separator: " "))", width, indent: 4)
        }
      }
      lines.append("")
    }
    for category in a.engagement.categories {
      let own = a.conclusions.filter { $0.control.category == category }
      if own.isEmpty { continue }
      lines.append(bold(category.title, color))
      for conclusion in own { lines += row(conclusion, width, color) }
      lines.append("")
    }
    lines += tools(a.tools, width, color)
    lines += gaps(a, width, color)
    lines += upcoming(a, width, color)
    lines += summary(a, color)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ c: Conclusion, _ width: Int, _ color: Bool) -> [String] {
    let mark = "\(symbol(c.verdict)) \(pad(short(c.verdict), 12))"
    let head = "  \(pad(c.control.id, 7)) "
    let titleWidth = max(20, min(44, width - 26))
    let title = fit(c.control.title, titleWidth)
    var lines = ["\(head)\(paint(mark, c.verdict, color)) \(title)"]
    if c.verdict != .pass {
      lines += wrap(String(repeating: " ", count: 25) + c.reason, width, indent: 25)
    }
    return lines
  }

  private static func tools(
    _ tools: ToolReconciliation, _ width: Int, _ color: Bool
  ) -> [String] {
    if tools.isEmpty { return [] }
    var lines = [bold("Scanner, patch manager and live patcher", color)]
    let digits = tools.outcomes.map { String($0.count).count }.max() ?? 1
    for outcome in tools.outcomes {
      let count = String(outcome.count)
      lines.append(
        "  " + String(repeating: " ", count: digits - count.count)
          + "\(count)  \(outcome.words)")
    }
    if !tools.outcomes.isEmpty {
      lines.append("  (hosts x CVE; vouch query 'SELECT * FROM cve_outcome')")
    }
    for (text, names) in [
      ("not in the inventory", tools.unknownToInventory),
      ("fits several assets", tools.ambiguous),
      ("reached by no scan", tools.unseenByScanner),
      ("unknown to the patch tools", tools.unknownToPatching),
    ] where !names.isEmpty {
      let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " …" : "")
      lines += wrap("  \(names.count) \(text): \(shown)", width, indent: 4)
    }
    return lines + [""]
  }

  private static func gaps(_ a: Assessment, _ width: Int, _ color: Bool) -> [String] {
    var all: [(control: String, gap: Gap)] = []
    for c in a.conclusions { all += c.gaps.map { (c.control.id, $0) } }
    if all.isEmpty { return [] }
    all.sort {
      ($0.gap.isRecoverable ? 0 : 1, $0.gap.due ?? Instant(seconds: .max), $0.control)
        < ($1.gap.isRecoverable ? 0 : 1, $1.gap.due ?? Instant(seconds: .max), $1.control)
    }
    var lines: [String] = []
    for recoverable in [true, false] {
      let own = all.filter { $0.gap.isRecoverable == recoverable }
      if own.isEmpty { continue }
      lines.append(
        bold(
          recoverable ? "Can still be saved" : "Lost for this period: disclose and respond", color))
      for (control, gap) in own.prefix(recoverable ? 40 : 20) {
        let due = gap.due.map { ", by \(a.engagement.zone.date(of: $0))" } ?? ""
        lines += wrap(
          "  \(pad(control, 7)) \(gap.text) → \(gap.action) (\(gap.owner)\(due))", width, indent: 10
        )
      }
      if own.count > (recoverable ? 40 : 20) {
        lines.append("          … and \(own.count - (recoverable ? 40 : 20)) more (--format json)")
      }
      lines.append("")
    }
    return lines
  }

  private static func upcoming(_ a: Assessment, _ width: Int, _ color: Bool) -> [String] {
    if a.upcoming.isEmpty { return [] }
    let zone = a.engagement.zone
    let until = zone.date(of: a.asOf.advanced(days: Int64(Workspace.horizonDays)))
    var lines = [bold("Due in the next \(Workspace.horizonDays) days, until \(until)", color)]
    // What is to be collected again on one day is one line, whatever controls ask for it.
    var groups: [(text: String, controls: [String], owners: [String])] = []
    for entry in a.upcoming {
      let named = entry.items.prefix(3).joined(separator: ", ")
      let names = named.isEmpty ? "" : ": \(named)" + (entry.count > 3 ? " …" : "")
      let text = "\(zone.date(of: entry.due)) \(entry.text)\(names) → \(entry.action)"
      let known = groups.firstIndex { $0.text == text }
      let index = known ?? groups.count
      if known == nil { groups.append((text, [], [])) }
      if !groups[index].controls.contains(entry.control) {
        groups[index].controls.append(entry.control)
      }
      if !entry.owner.isEmpty, !groups[index].owners.contains(entry.owner) {
        groups[index].owners.append(entry.owner)
      }
    }
    for group in groups.prefix(40) {
      let controls = group.controls.joined(separator: " ")
      let owners = group.owners.joined(separator: ", ")
      lines += wrap(
        "  \(group.text) (\(controls)\(owners.isEmpty ? "" : "; \(owners)"))", width, indent: 13)
    }
    if groups.count > 40 {
      lines.append("             … and \(groups.count - 40) more (--format json)")
    }
    return lines + [""]
  }

  private static func summary(_ a: Assessment, _ color: Bool) -> [String] {
    var parts: [String] = []
    for verdict in Verdict.allCases {
      let n = a.conclusions.count { $0.verdict == verdict }
      if n > 0 { parts.append(paint("\(n) \(verdict.words)", verdict, color)) }
    }
    let uncovered = a.criteria.filter { $0.isInScope && $0.controls.isEmpty }.map(\.criterion.id)
    var lines = ["\(a.conclusions.count) controls: \(parts.joined(separator: ", "))"]
    if !uncovered.isEmpty {
      lines.append(
        "\(uncovered.count) criteria in scope have no adopted control: \(uncovered.joined(separator: " "))"
      )
    }
    if !a.notAdopted.isEmpty {
      lines.append("\(a.notAdopted.count) control templates are not adopted")
    }
    return lines
  }

  // MARK: Words and marks

  static func symbol(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: "✓"
    case .fail: "✗"
    case .notOperated: "○"
    case .insufficientEvidence: "?"
    case .attestationPending: "…"
    case .notApplicable: "–"
    }
  }

  private static func short(_ verdict: Verdict) -> String {
    switch verdict {
    case .insufficientEvidence: "insufficient"
    case .attestationPending: "pending"
    case .notApplicable: "n/a"
    default: verdict.words
    }
  }

  private static func paint(_ text: String, _ verdict: Verdict, _ color: Bool) -> String {
    if !color { return text }
    let code =
      switch verdict {
      case .pass: "32"
      case .fail: "31"
      case .insufficientEvidence: "33"
      case .attestationPending: "35"
      case .notOperated, .notApplicable: "36"
      }
    return "\u{1B}[\(code)m\(plain(text))\u{1B}[0m"
  }

  private static func bold(_ text: String, _ color: Bool) -> String {
    color ? "\u{1B}[1m\(plain(text))\u{1B}[0m" : plain(text)
  }

  /// A text of the evidence or the configuration: its escapes are not ours.
  private static func plain(_ text: String) -> String {
    text.oneLine
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func fit(_ text: String, _ width: Int) -> String {
    let text = plain(text)
    return text.count <= width ? text : text.prefix(width - 1) + "…"
  }

  /// Breaks a line at spaces; what follows the first line is indented.
  private static func wrap(_ text: String, _ width: Int, indent: Int) -> [String] {
    let width = max(width, indent + 20)
    let text = plain(text)
    var lines: [String] = []
    let lead = text.prefix { $0 == " " }
    var line = String(lead)
    var isEmpty = true
    for word in text.dropFirst(lead.count).split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: indent)
        isEmpty = true
      }
      line += isEmpty ? String(word) : " \(word)"
      isEmpty = false
    }
    lines.append(line)
    return lines
  }
}
