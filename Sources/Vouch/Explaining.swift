import Foundation
import GRDB
import VouchControls
import VouchModel

extension Workspace {
  /// What `vouch explain` shows: the control in words, its SQL, and what it comes to here.
  public func explain(_ id: String, period: Period, asOf: Instant?) throws -> String {
    guard let file = library.control(id) else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "control.none", .error, "there is no control '\(id)'",
          fix: nearest(to: id, among: library.files.map(\.control.id)).map {
            "did you mean '\($0)'?"
          }
            ?? "vouch controls lists them"))
    }
    let c = file.control
    var lines = [
      "\(c.id)  \(c.title)", "",
    ]
    lines += c.activity.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines += [
      "",
      "criteria      \(c.criteria.joined(separator: " "))",
      "category      \(c.category.title)",
      "frequency     \(c.frequency.replacing("_", with: " ")), \(c.nature), \(c.automation)",
      "population    \(c.population.of): \(c.population.where)",
      "held against  \(c.completeness.text)",
      "tolerance     \(c.tolerance.text)",
      "if empty      \(c.empty.words)", "", "Each item has to show:",
    ]
    for attribute in c.attributes {
      lines.append(
        "  \(attribute.key)  \(attribute.text)\(attribute.decides ? "" : " (informs, does not decide)")"
      )
    }
    guard let adoption = configuration.engagement.adoptions.first(where: { $0.control == id })
    else {
      lines += [
        "",
        "Nobody has adopted this control: it counts nowhere. Name an owner under 'controls:' in vouch.yaml.",
      ]
      return (lines + sql(c)).map(\.oneLine).joined(separator: "\n")
    }
    let assessment = try assess(period: period, asOf: asOf, only: [id])
    let result =
      assessment.conclusions.first { $0.control.id == id }.map { here($0, adoption, assessment) }
      ?? []
    return (lines + result + sql(c)).map(\.oneLine).joined(separator: "\n")
  }

  private func here(
    _ c: Conclusion, _ adoption: Engagement.Adoption, _ a: Assessment
  ) -> [String] {
    let zone = a.engagement.zone
    var lines = [
      "", "\(a.period.id), as of \(a.asOf.iso8601): \(c.verdict.words.uppercased())",
      "  \(c.reason)", "  owner \(adoption.owner)",
    ]
    for slice in c.slices {
      if c.slices.count > 1 {
        lines.append(
          "  from \(zone.date(of: slice.slice.start)) to \(zone.date(of: slice.slice.end)): \(slice.verdict.words), \(slice.reason)"
        )
      }
      for parameter in slice.parameters {
        lines.append(
          "  parameter \(parameter.name)\(parameter.key.isEmpty ? "" : ".\(parameter.key)") = \(parameter.value)"
        )
      }
      if let counts = slice.reconciled {
        lines.append("  population \(counts.population), second source \(counts.second)")
      }
      lines += slice.incompleteness.map { "  incomplete: \($0)" }
      for difference in slice.differences {
        lines.append(
          "  difference: \(difference.item) \(difference.text)\(difference.explanation.map { " (explained: \($0))" } ?? "")"
        )
      }
      for span in slice.coverage {
        lines.append(
          "  \(span.state.rawValue) from \(zone.date(of: span.from)) to \(zone.date(of: span.to))")
      }
    }
    lines += ["", "Attributes over \(c.population) items:"]
    for count in c.attributes {
      lines.append(
        "  \(count.attribute.key)  \(count.true) true, \(count.false) false, \(count.unknown) unknown"
      )
    }
    let rows = Dictionary(a.evidence.map { ($0.evidence, $0) }, uniquingKeysWith: { x, _ in x })
    let shown = c.items.filter(\.decides)
    if !shown.isEmpty { lines += ["", "Items that are false or unknown:"] }
    for item in shown.prefix(200) {
      let row = item.evidence.flatMap { rows[$0] }
      let origin =
        row.map {
          "\($0.provenance.source)/\($0.provenance.name)\(item.place.isEmpty ? "" : "#\(item.place)") (\($0.label))"
        } ?? "no single origin"
      let waived = item.waiver.map { ", waived by \($0)" } ?? ""
      lines += [
        "  \(item.item)  \(item.attribute) \(item.result.rawValue)\(waived)", "      \(origin)",
      ]
    }
    if shown.count > 200 {
      lines.append("  … and \(shown.count - 200) more (vouch check --format json)")
    }
    if !c.gaps.isEmpty { lines += ["", "What can be done:"] }
    for gap in c.gaps {
      lines.append(
        "  \(gap.text) → \(gap.action)\(gap.due.map { ", by \(zone.date(of: $0))" } ?? "")\(gap.isRecoverable ? "" : " (lost for this period)")"
      )
    }
    return lines
  }

  private func sql(_ c: Control) -> [String] {
    var lines = ["", "SQL of the population:", ""]
    lines += c.population.sql.split(separator: "\n").map { "  \($0)" }
    lines += ["", "SQL of the attributes:", ""]
    for attribute in c.attributes {
      let parts = attribute.expr.split(separator: "\n")
      lines += parts.enumerated().map { $0 == 0 ? "  \(attribute.key)  \($1)" : "     \($1)" }
    }
    if let sql = c.completeness.sql {
      lines += ["", "SQL of the second source (a row is a difference):", ""]
      lines += sql.split(separator: "\n").map { "  \($0)" }
    }
    lines.append("")
    lines.append("\(c.file), SHA-256 \(c.digest.hex)")
    return lines
  }
}
