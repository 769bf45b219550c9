import VouchModel

/// How `vouch reperform` tells its result.
public enum ReperformReport {
  public static func text(_ r: Reperformance) -> String {
    var lines: [String] = []
    let own = r.differences.filter { $0.cause == "evidence" }
    let rule = r.differences.filter { $0.cause == "rule" }
    for difference in own { lines.append(line(difference)) }
    if !rule.isEmpty {
      lines.append(
        "Under this program's rules, which differ for \(r.changedRules.joined(separator: ", ")):")
      for difference in rule { lines.append(line(difference)) }
    }
    lines.append(
      own.isEmpty
        ? "\(r.controls) controls computed again from \(r.evidence) items of evidence: every verdict, count and item is the same"
        : "\(r.controls) controls computed again from \(r.evidence) items of evidence: \(own.count) differences"
    )
    if !r.changedRules.isEmpty, rule.isEmpty {
      lines.append(
        "rules of this program differ from the package's for \(r.changedRules.joined(separator: ", ")); the package's own were used"
      )
    }
    return lines.joined(separator: "\n")
  }

  private static func line(_ d: ReperformDifference) -> String {
    let what =
      switch d.kind {
      case "verdict": "verdict"
      case "count": d.attribute
      case "item": "item \(d.item), attribute \(d.attribute)"
      default: "control"
      }
    let origin = d.origin.isEmpty ? "" : " (\(d.origin))"
    return
      "\(d.control): \(what): the package says \(d.packaged), computed is \(d.computed)\(origin)"
  }

  public static func json(_ r: Reperformance) -> String {
    var out = JSONWriter()
    out.object {
      $0.put("schema", "vouch-reperform/1")
      $0.put("same", r.isSame)
      $0.put("controls", r.controls)
      $0.put("evidence", r.evidence)
      $0.array("changed_rules", r.changedRules) { $0.value($1) }
      $0.array("differences", r.differences) { writer, d in
        writer.object {
          $0.put("kind", d.kind)
          $0.put("control", d.control)
          $0.put("item", d.item)
          $0.put("attribute", d.attribute)
          $0.put("packaged", d.packaged)
          $0.put("computed", d.computed)
          $0.put("origin", d.origin)
          $0.put("cause", d.cause)
        }
      }
    }
    return out.text + "\n"
  }
}

/// How `vouch compare` tells its result.
public struct CompareReport: Sendable {
  public let changes: [ControlChange]
  public let older: String
  public let newer: String

  public init(changes: [ControlChange], older: String, newer: String) {
    self.changes = changes
    self.older = older
    self.newer = newer
  }

  private static let titles: [(ControlChange.Kind, String)] = [
    (.new, "New"), (.regressed, "Regressed"), (.stillFailing, "Still failing"),
    (.fixed, "Fixed"), (.ruleChanged, "Changed only because the rule changed"),
    (.gone, "No longer adopted"),
  ]

  public var text: String {
    var lines = ["\(older) → \(newer)", ""]
    for (kind, title) in Self.titles {
      let own = changes.filter { $0.kind == kind }
      if own.isEmpty { continue }
      lines.append(title)
      for c in own {
        lines.append("  \(c.control)  \(c.title): \(words(c.older)) → \(words(c.newer))")
        if !c.changed.isEmpty {
          lines.append("      changed: \(c.changed.joined(separator: ", "))")
        }
        lines += c.appeared.prefix(10).map { "      + \($0)" }
        if c.appeared.count > 10 { lines.append("      + \(c.appeared.count - 10) more") }
        lines += c.disappeared.prefix(10).map { "      - \($0)" }
        if c.disappeared.count > 10 { lines.append("      - \(c.disappeared.count - 10) more") }
      }
      lines.append("")
    }
    lines.append("\(changes.count { $0.kind == .unchanged }) controls unchanged")
    return lines.joined(separator: "\n")
  }

  private func words(_ verdict: String) -> String {
    verdict.isEmpty ? "not there" : verdict.replacing("_", with: " ")
  }

  public var json: String {
    var out = JSONWriter()
    out.object {
      $0.put("schema", "vouch-compare/1")
      $0.put("older", older)
      $0.put("newer", newer)
      $0.array("controls", changes) { writer, c in
        writer.object {
          $0.put("id", c.control)
          $0.put("title", c.title)
          $0.put("kind", c.kind.rawValue)
          $0.put("older", c.older)
          $0.put("newer", c.newer)
          $0.array("changed", c.changed) { $0.value($1) }
          $0.array("appeared", c.appeared) { $0.value($1) }
          $0.array("disappeared", c.disappeared) { $0.value($1) }
        }
      }
    }
    return out.text + "\n"
  }

  /// One page without script or outside request.
  public var html: String {
    var body = ""
    for (kind, title) in Self.titles {
      let own = changes.filter { $0.kind == kind }
      if own.isEmpty { continue }
      body +=
        "<h2>\(Self.escaped(title))</h2>\n<table><thead><tr><th scope=\"col\">Control</th><th scope=\"col\">Title</th><th scope=\"col\">\(Self.escaped(older))</th><th scope=\"col\">\(Self.escaped(newer))</th><th scope=\"col\">Items</th></tr></thead><tbody>\n"
      for c in own {
        let items =
          c.appeared.prefix(50).map { "+ \($0)" } + c.disappeared.prefix(50).map { "− \($0)" }
        body +=
          "<tr id=\"\(Self.escaped(c.control))\"><th scope=\"row\">\(Self.escaped(c.control))</th><td>\(Self.escaped(c.title))</td><td>\(Self.escaped(words(c.older)))</td><td>\(Self.escaped(words(c.newer)))</td><td>\(items.map(Self.escaped).joined(separator: "<br>"))</td></tr>\n"
      }
      body += "</tbody></table>\n"
    }
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(Self.escaped(older)) and \(Self.escaped(newer)) compared</title>
      <style>
      :root{color-scheme:light dark}
      body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
      table{border-collapse:collapse;width:100%;margin:1rem 0 2rem}
      th,td{border-bottom:1px solid #8886;padding:.4rem .6rem;text-align:left;vertical-align:top}
      td:last-child{font-size:.85em;overflow-wrap:anywhere}
      </style></head><body><main>
      <h1>\(Self.escaped(older)) and \(Self.escaped(newer)) compared</h1>
      <p>\(changes.count { $0.kind == .unchanged }) controls are unchanged.</p>
      \(body)</main></body></html>

      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
