import VouchModel

/// The other formats of `vouch check`: for CI systems and spreadsheets.
public enum CheckFormats {
  /// JUnit XML: one test case per control; what does not pass is a failure, what has not operated
  /// or is scoped out is skipped; so is, beside a baseline, a gap that is known from it.
  public static func junit(_ a: Assessment, baseline: Baseline? = nil) -> String {
    func isKnown(_ c: Conclusion) -> Bool { baseline?.state(of: c) == .known }
    let failures = a.conclusions.count {
      [.fail, .insufficientEvidence, .attestationPending].contains($0.verdict) && !isKnown($0)
    }
    let skipped = a.conclusions.count {
      [.notOperated, .notApplicable].contains($0.verdict) || isKnown($0)
    }
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuites name=\"vouch check\" tests=\"\(a.conclusions.count)\" failures=\"\(failures)\" errors=\"0\" skipped=\"\(skipped)\">",
      "  <testsuite name=\"\(xml(a.engagement.organization)) \(xml(a.period.id))\" tests=\"\(a.conclusions.count)\" failures=\"\(failures)\" errors=\"0\" skipped=\"\(skipped)\" timestamp=\"\(a.asOf.iso8601.dropLast())\">",
    ]
    for c in a.conclusions {
      lines.append(
        "    <testcase classname=\"\(c.control.category.rawValue)\" name=\"\(xml("\(c.control.id) \(c.control.title)"))\">"
      )
      switch c.verdict {
      case .pass: break
      case .notOperated, .notApplicable:
        lines.append("      <skipped message=\"\(xml("\(c.verdict.words): \(c.reason)"))\"/>")
      case _ where isKnown(c):
        lines.append(
          "      <skipped message=\"\(xml("known gap, \(c.verdict.words): \(c.reason)"))\"/>")
      default:
        let items = c.items.filter(\.decides).prefix(50).map {
          "\($0.item) \($0.attribute) \($0.result.rawValue)"
        }
        lines.append(
          "      <failure type=\"\(c.verdict.rawValue)\" message=\"\(xml(c.reason))\">\(xml(items.joined(separator: "\n")))</failure>"
        )
      }
      lines.append("    </testcase>")
    }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// SARIF 2.1.0: one rule per control, one result per item that deviates or is unknown, and one
  /// for a control that lacks evidence as a whole.
  /// Beside a baseline each result says whether its control's gap is new (`baselineState`).
  public static func sarif(_ a: Assessment, baseline: Baseline? = nil) -> String {
    let labels = Dictionary(
      a.evidence.map { ($0.evidence, "\($0.label)") }, uniquingKeysWith: { x, _ in x })
    var out = JSONWriter()
    out.object {
      $0.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      $0.put("version", "2.1.0")
      $0.array("runs", [a]) { writer, _ in
        writer.object {
          $0.object("tool") {
            $0.object("driver") {
              $0.put("name", "vouch")
              $0.put("version", VouchVersion.number)
              $0.array("rules", a.conclusions) { writer, c in
                writer.object {
                  $0.put("id", c.control.id)
                  $0.object("shortDescription") { $0.put("text", c.control.title) }
                  $0.object("help") { $0.put("text", c.control.fix) }
                }
              }
            }
          }
          $0.array("results", results(a, labels)) { writer, result in
            writer.object {
              $0.put("ruleId", result.rule)
              $0.put("level", result.level)
              if let state = result.state(beside: baseline) { $0.put("baselineState", state) }
              $0.object("message") { $0.put("text", result.text) }
              $0.array("locations", [result.uri]) { writer, uri in
                writer.object {
                  $0.object("physicalLocation") {
                    $0.object("artifactLocation") { $0.put("uri", uri) }
                    if let line = result.line { $0.object("region") { $0.put("startLine", line) } }
                  }
                }
              }
              $0.object("partialFingerprints") {
                $0.put("vouch/1", Digest.sha256("\(result.rule)\n\(result.text)").hex)
              }
            }
          }
        }
      }
    }
    return out.text + "\n"
  }

  private struct Result {
    let rule: String
    let level: String
    let text: String
    let uri: String
    let line: Int?
    let conclusion: Conclusion

    /// SARIF's word for it: `new` or `unchanged`.
    func state(beside baseline: Baseline?) -> String? {
      baseline.map { $0.state(of: conclusion) == .known ? "unchanged" : "new" }
    }
  }

  private static func results(_ a: Assessment, _ labels: [Int: String]) -> [Result] {
    a.conclusions.flatMap { c -> [Result] in
      var all = c.items.filter { $0.decides && $0.waiver == nil }.map { item in
        let attribute = c.control.attributes.first { $0.key == item.attribute }?.text ?? ""
        return Result(
          rule: c.control.id, level: item.result == .false ? "error" : "warning",
          text: "\(item.item): \(item.attribute) is \(item.result.rawValue): \(attribute)",
          uri: item.evidence.flatMap { labels[$0] } ?? c.control.file,
          line: item.place.hasPrefix("L")
            ? Int(item.place.dropFirst()).flatMap { $0 > 0 ? $0 : nil } : nil,
          conclusion: c)
      }
      if all.isEmpty, ![.pass, .notOperated, .notApplicable].contains(c.verdict) {
        all.append(
          Result(
            rule: c.control.id, level: "warning", text: "\(c.verdict.words): \(c.reason)",
            uri: c.control.file, line: nil, conclusion: c))
      }
      return all
    }
  }

  /// One row per control (RFC 4180), safe to open in a spreadsheet.
  public static func csv(_ a: Assessment) -> String {
    var rows = [
      [
        "control", "title", "category", "criteria", "owner", "verdict", "reason", "population",
        "deviations", "unknown", "waived",
      ]
    ]
    for c in a.conclusions {
      rows.append([
        c.control.id, c.control.title, c.control.category.rawValue,
        c.control.criteria.joined(separator: " "), c.owner, c.verdict.rawValue, c.reason,
        String(c.population), String(c.deviations), String(c.unknown), String(c.waived),
      ])
    }
    return rows.map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
  }

  /// A cell that begins like a formula gets an apostrophe in front; control characters become
  /// U+FFFD. Judged by Unicode scalars, since an accent behind a quotation mark makes another
  /// `Character` of it.
  public static func cell(_ text: String) -> String {
    let text = text.withoutControls
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) }
    var cell = String.UnicodeScalarView()
    if isFormula == true { cell.append("'") }
    var needsQuotes = false
    for scalar in text.unicodeScalars {
      if scalar == "\"" { cell.append(scalar) }
      if scalar.value <= 0x2C, ",\"\r\n".unicodeScalars.contains(scalar) { needsQuotes = true }
      cell.append(scalar)
    }
    return needsQuotes ? "\"\(String(cell))\"" : String(cell)
  }

  private static func xml(_ text: String) -> String {
    var out = ""
    for scalar in text.withoutControls.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\n": out += "&#10;"
      default:
        let isAllowed =
          scalar == "\t"
          || (scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF)
        out.unicodeScalars.append(isAllowed ? scalar : "\u{FFFD}")
      }
    }
    return out
  }
}
