import VouchModel

extension Verification {
  /// At most this many findings of one check stand in the table; the JSON has them all.
  static let tableLimit = 200

  /// The table for people. Ends with one line that says whether the package is valid.
  ///
  /// Names come from the package and may be hostile, so control characters are written out.
  public var table: String {
    var lines = ["\(package) (\(form.rawValue), \(files) files, \(bytes) bytes)", ""]
    let width = checks.map(\.id.count).max() ?? 0
    for check in checks {
      lines.append(contentsOf: check.lines(width: width))
    }
    lines.append("")
    lines.append(summary)
    return lines.map(printable).joined(separator: "\n") + "\n"
  }

  private var summary: String {
    let failed = checks.filter { !$0.findings.isEmpty }.count
    let skipped = checks.filter { if case .skipped = $0.outcome { true } else { false } }.count
    let rest = skipped == 0 ? "" : ", \(skipped) skipped"
    if isValid { return "VALID: \(checks.count - skipped) checks passed\(rest)" }
    let count = findings.count
    return "NOT VALID: \(count) finding\(count == 1 ? "" : "s") in \(failed) of "
      + "\(checks.count) checks\(rest)"
  }

  /// The same as JSON, schema `vouch-verify/1`.
  ///
  /// ```json
  /// {"schema": "vouch-verify/1", "package": "...", "form": "folder", "files": 57,
  ///  "bytes": 1204, "valid": false,
  ///  "checks": [{"id": "manifest", "title": "...", "outcome": "failed", "note": "...",
  ///    "findings": [{"id": "manifest.changed", "file": "data/...", "text": "...",
  ///                  "expected": "...", "actual": "..."}]}]}
  /// ```
  ///
  /// `reason` is there when the outcome is `skipped`; `expected` and `actual` where there is
  /// something to compare.
  public var json: String {
    var out = "{\n  \"schema\": \"vouch-verify/1\",\n"
    out += "  \"package\": \(JSONText.quoted(package)),\n"
    out += "  \"form\": \(JSONText.quoted(form.rawValue)),\n"
    out += "  \"files\": \(files),\n  \"bytes\": \(bytes),\n  \"valid\": \(isValid),\n"
    out += "  \"checks\": [\n    "
    out += checks.map(\.json).joined(separator: ",\n    ")
    return out + "\n  ]\n}\n"
  }
}

extension Check {
  fileprivate func lines(width: Int) -> [String] {
    let name = id + String(repeating: " ", count: width - id.count)
    switch outcome {
    case .ok:
      return ["  ok       \(name)  \(title)\(note.isEmpty ? "" : " (\(note))")"]
    case .skipped(let reason):
      return ["  skipped  \(name)  \(reason)"]
    case .failed:
      let count = findings.count
      var lines = ["  FAILED   \(name)  \(count) finding\(count == 1 ? "" : "s")"]
      for finding in findings.prefix(Verification.tableLimit) { lines += finding.lines }
      if count > Verification.tableLimit {
        lines.append("    and \(count - Verification.tableLimit) more; the JSON lists them all")
      }
      return lines
    }
  }

  fileprivate var json: String {
    var members = [
      "\"id\": \(JSONText.quoted(id))", "\"title\": \(JSONText.quoted(title))",
      "\"outcome\": \(JSONText.quoted(outcome.name))",
    ]
    if case .skipped(let reason) = outcome {
      members.append("\"reason\": \(JSONText.quoted(reason))")
    }
    members.append("\"note\": \(JSONText.quoted(note))")
    members.append(
      "\"findings\": ["
        + findings.map { "\n      " + $0.json }.joined(separator: ",")
        + (findings.isEmpty ? "]" : "\n    ]"))
    return "{" + members.joined(separator: ", ") + "}"
  }
}

extension Finding {
  fileprivate var lines: [String] {
    var lines = ["    \(file.isEmpty ? "" : file + ": ")\(text) [\(id)]"]
    if let expected { lines.append("      expected \(expected)") }
    if let actual { lines.append("      actual   \(actual)") }
    return lines
  }

  fileprivate var json: String {
    var members = [
      "\"id\": \(JSONText.quoted(id))", "\"file\": \(JSONText.quoted(file))",
      "\"text\": \(JSONText.quoted(text))",
    ]
    if let expected { members.append("\"expected\": \(JSONText.quoted(expected))") }
    if let actual { members.append("\"actual\": \(JSONText.quoted(actual))") }
    return "{" + members.joined(separator: ", ") + "}"
  }
}

/// A text with everything written out that a terminal would obey or that turns the direction of
/// writing: C0 and C1 controls, and Unicode's format characters.
func printable(_ text: String) -> String {
  if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
  var out = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      out.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
    default: out.append(scalar)
    }
  }
  return String(out)
}
