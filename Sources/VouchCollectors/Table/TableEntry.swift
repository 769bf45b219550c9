import VouchModel

extension TableProposal {
  /// The source as an entry below `sources:` of `vouch.yaml`, with what a person has to look at as
  /// comments. It loads as it is written: what only a person can tell stands in it as a question,
  /// and until that is answered rows are refused or the column counts as unknown.
  ///
  /// - Parameters:
  ///   - file: path or glob for `file:`.
  ///   - zone: answers the question of the zone.
  public func entry(named name: String, file: String, zone: String? = nil) -> String {
    var lines = introduction + ["\(name):", "  file: \(JSONText.quoted(file))", "  format: table"]
    lines.append("  record: \(record.name)")
    lines += zoneLines(zone)
    if let rows = sample.rows { lines.append("  rows: \(JSONText.quoted(rows))") }
    if isDecimalComma { lines.append("  decimal: \",\"") }
    lines.append("  columns:")
    lines += Self.aligned(
      details.map { ("    \($0.column.name): \(JSONText.quoted($0.export))", $0.why) })
    lines += constantLines + formatLines + valueLines
    return lines.map { "  \($0)\n" }.joined()
  }

  private var introduction: [String] {
    let all = record.columns.count
    var lines = [
      "# Proposed by 'vouch sources map' after \(sample.rowCount) rows; look through it.",
      "# \(record.name): \(record.doc) \(details.count) of its \(all) columns are fed.",
    ]
    if !rivals.isEmpty {
      let others = rivals.map { "\($0.record) (\($0.columns) columns)" }
      lines.append("# Less likely: \(others.joined(separator: ", ")); --record NAME proposes one.")
    }
    if !unread.isEmpty {
      lines += Self.wrapped("Not read: " + unread.map(Self.shown).joined(separator: ", "))
    }
    if record.history.keepsSnapshots, columns["at"] == nil,
      dateInName(sample.file, zone: nil) == nil
    {
      lines += Self.wrapped(
        "The rows speak about one day and do not say which: put it into the file's name (users-2026-07-05.csv), or add effective: 2026-07-05"
      )
    }
    return lines
  }

  private func zoneLines(_ zone: String?) -> [String] {
    if let zone { return ["  zone: \(zone)"] }
    if withoutZone.isEmpty { return [] }
    let list = withoutZone.joined(separator: ", ")
    return [
      "  # QUESTION: \(list) \(withoutZone.count == 1 ? "has" : "have") no zone; in which are they written?",
      "  # Rows with such a time are refused until it is named (--zone writes it here).",
      "  # zone: Europe/Berlin",
    ]
  }

  private var constantLines: [String] {
    if constants.isEmpty { return [] }
    let lines = constants.sorted { $0.key < $1.key }.map { column, word in
      ("    \(column): \(JSONText.quoted(word))", "QUESTION: what is it? nothing here tells")
    }
    return ["  constant:"] + Self.aligned(lines)
  }

  private var formatLines: [String] {
    var lines: [String] = []
    var isAnswered = false
    for detail in details {
      switch detail.layout {
      case .pattern(let pattern, _):
        lines.append("    \(detail.column.name): \(JSONText.quoted(pattern))")
        isAnswered = true
      case .ambiguous(let patterns, _):
        lines.append("    # QUESTION: day or month first? Rows are refused until one is chosen.")
        lines += patterns.map { "    # \(detail.column.name): \(JSONText.quoted($0))" }
      default: break
      }
    }
    if lines.isEmpty { return [] }
    return [isAnswered ? "  formats:" : "  # formats:"] + lines
  }

  private var valueLines: [String] {
    let mapped = details.filter { !$0.words.isEmpty }
    if mapped.isEmpty { return [] }
    return ["  values:"]
      + mapped.flatMap { detail -> [String] in
        let known = detail.column.kind == .flag ? ["true", "false"] : detail.column.words
        let choice = "QUESTION: \(known.joined(separator: ", "))? unknown until it is said"
        return ["    \(detail.column.name):"]
          + Self.aligned(
            detail.words.map { word in
              (
                "      \(JSONText.quoted(word.export)): \(word.ours ?? "\"\"")",
                word.ours == nil ? choice : ""
              )
            })
      }
  }

  /// Lines with their remarks in one column.
  private static func aligned(_ lines: [(text: String, remark: String)]) -> [String] {
    let width = min(lines.map { $0.text.count }.max() ?? 0, 60)
    return lines.map { text, remark in
      if remark.isEmpty { return text }
      return text + String(repeating: " ", count: max(0, width - text.count)) + "  # " + remark
    }
  }

  /// A comment in lines that fit the page.
  private static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    var line = "#"
    for word in text.split(separator: " ") {
      if line.count + word.count > 95 {
        lines.append(line)
        line = "#  "
      }
      line += " " + word
    }
    return lines + [line]
  }

  /// A name of the export in a comment: nothing in it may end the line.
  private static func shown(_ name: String) -> String {
    String(JSONText.quoted(name).dropFirst().dropLast().prefix(60))
  }
}
