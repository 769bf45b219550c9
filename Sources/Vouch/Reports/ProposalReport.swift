import VouchModel

/// What `vouch init --from` says of the exports it found.
public enum ProposalReport {
  public static func text(_ proposal: Proposal, folder: String) -> String {
    if proposal.exports.isEmpty {
      return "There is no export in \(folder): the sources of vouch.yaml point at evidence/inbox/."
    }
    let width = min(60, (proposal.exports.map(\.name.count).max() ?? 0) + 2)
    var lines: [String] = []
    for export in proposal.exports {
      switch export.outcome {
      case .format(let format, let found):
        lines.append(export.name.padded(width) + format.padded(26) + content(found))
        lines += found.errors.prefix(3).map { "".padded(width) + "  \($0.text) [\($0.id)]" }
        if found.errors.count > 3 {
          lines.append("".padded(width) + "  and \(found.errors.count - 3) more")
        }
      case .unknown(let reason):
        lines.append(export.name.padded(width) + "not recognised".padded(26) + reason)
        if reason.contains("columns") || reason.contains("JSON") {
          lines.append("".padded(width) + "  try: vouch sources map \(folder)/\(export.path)")
        }
      }
    }
    lines.append("")
    lines.append(summary(proposal))
    return lines.joined(separator: "\n")
  }

  private static func content(_ found: RecognisedExport.Found) -> String {
    if found.types.isEmpty { return "kept as it is" }
    return
      "\(found.recordCount) records: \(found.types.map(\.name).joined(separator: ", "))"
  }

  private static func summary(_ proposal: Proposal) -> String {
    let known = proposal.exports.count {
      if case .format = $0.outcome { true } else { false }
    }
    var text =
      "\(known) of \(proposal.exports.count) exports recognised, \(proposal.sources.count) sources proposed.\n"
    text +=
      proposal.controls.isEmpty
      ? "No control can be tested with these exports alone."
      : "They feed \(proposal.controls.count) controls: \(proposal.controls.map(\.id).joined(separator: " "))"
    if let first = proposal.nearly.first {
      text +=
        "\n\(proposal.nearly.count) more need one or two further kinds of record; \(first.control.id), for example, \(first.missing.map(\.name).joined(separator: " and "))."
    }
    return text
  }
}
