import VouchModel

/// The `vouch.yaml` of a new workspace: the commented template with what is known filled in.
struct NewConfiguration {
  /// What `vouch check` points at and `vouch bundle` refuses until somebody replaces it.
  static let placeholder = "TODO"
  static let organization = "Your organisation"
  static let system = "Your system"
  static let description = "What it does and for whom, in a sentence or two."

  private let beginning: Beginning

  init(_ beginning: Beginning) { self.beginning = beginning }

  var text: String {
    let owner = beginning.owner ?? Self.placeholder
    let parts = [
      "organization": Self.scalar(beginning.organization ?? Self.organization),
      "system": Self.scalar(beginning.system ?? Self.system),
      "description": Self.scalar(beginning.description ?? Self.description),
      "zone": Self.scalar(beginning.zone ?? "UTC"),
      "period": beginning.proposal?.period ?? "2026-Q3",
      "controls": beginning.proposal.map { controls($0, owner) } ?? defaultControls(owner),
      "sources": beginning.proposal.map(sources) ?? (Templates.builtIn["init/sources.yaml"] ?? ""),
    ]
    var text = Templates.builtIn["init/vouch.yaml"] ?? ""
    for (name, value) in parts {
      text = text.replacing("{{\(name)}}", with: Self.withoutLastBreak(value))
    }
    return text
  }

  private func defaultControls(_ owner: String) -> String {
    (Templates.builtIn["init/controls.yaml"] ?? "").replacing("{{owner}}", with: owner)
  }

  private static func withoutLastBreak(_ text: String) -> String {
    text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// A text as a YAML scalar; quoted as JSON when a plain one could mean something else.
  static func scalar(_ text: String) -> String {
    let isPlain =
      text.wholeMatch(of: /[A-Za-z][A-Za-z0-9 ,._\/&+()-]*[A-Za-z0-9.)]|[A-Za-z]/) != nil
    let words = ["true", "false", "null", "yes", "no", "on", "off"]
    return isPlain && !words.contains(text.lowercased()) ? text : JSONText.quoted(text)
  }

  // MARK: Controls

  private func controls(_ proposal: Proposal, _ owner: String) -> String {
    var lines: [String] = []
    if proposal.controls.isEmpty {
      lines.append("  # None of the controls can be tested with these exports alone.")
      lines.append("  {}")
    }
    for control in proposal.controls {
      lines.append("  \(control.id): {owner: \(owner)}".padded(36) + "# \(control.title)")
    }
    if !proposal.nearly.isEmpty {
      lines.append("  # One or two kinds of record away; what is missing stands behind each:")
    }
    for candidate in proposal.nearly {
      let missing = candidate.missing.map(\.name).joined(separator: ", ")
      lines.append(
        "  # \(candidate.control.id): {owner: \(owner)}".padded(36)
          + "# \(candidate.control.title); needs \(missing)")
    }
    return lines.joined(separator: "\n")
  }

  // MARK: Sources

  private func sources(_ proposal: Proposal) -> String {
    var lines: [String] = []
    for source in proposal.sources {
      lines.append("  \(source.name):")
      lines.append("    file: \(Self.list(source.globs))")
      if let format = source.format {
        lines.append("    format: \(format)")
      } else {
        lines.append("    # Archives: each file inside is told by its content.")
      }
      if let record = source.record { lines.append("    record: \(record)") }
      if source.needsZone {
        lines.append(
          beginning.zone.map { "    zone: \(Self.scalar($0))" }
            ?? "    # zone: Europe/Berlin            # these exports write times without a zone: say which"
        )
      }
    }
    let unknown = proposal.exports.filter {
      if case .unknown = $0.outcome { true } else { false }
    }
    if !unknown.isEmpty {
      lines.append("  # Not recognised. 'vouch sources map FILE' proposes how to read a table:")
    }
    for export in unknown {
      guard case .unknown(let reason) = export.outcome else { continue }
      lines.append("  # \(Self.comment(proposal.prefix + export.name)): \(Self.comment(reason))")
    }
    if proposal.sources.isEmpty {
      lines.append("  # Drop exports into the inbox; their format is told by content.")
      lines.append("  inbox:")
      lines.append("    file: evidence/inbox/*")
    }
    return lines.joined(separator: "\n")
  }

  /// One pattern as a text, several as a list.
  private static func list(_ globs: [String]) -> String {
    let texts = globs.map { glob in
      glob.wholeMatch(of: /[A-Za-z0-9\/._][A-Za-z0-9\/._*-]*/) != nil ? glob : JSONText.quoted(glob)
    }
    return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
  }

  /// A text that cannot leave the comment it stands in.
  private static func comment(_ text: String) -> String {
    String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? "?" : $0 })
  }
}

extension String {
  /// This text with spaces up to a width.
  public func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
