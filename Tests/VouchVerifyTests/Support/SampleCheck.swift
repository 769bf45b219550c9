import Foundation
import VouchModel

/// The figures of the sample package.
enum SampleCheck {
  struct Item {
    let item: String
    let attribute: String
    let result: String
  }

  struct ControlFigures {
    let id: String
    let verdict: String
    let population: Int
    let deviations: Int
    let unknown: Int
    let waived: Int
    let criteria: [String]
    let items: [Item]

    /// As pages write it.
    var words: String { verdict.replacingOccurrences(of: "_", with: " ") }
  }

  static let controls = [
    ControlFigures(
      id: "BKP-02", verdict: "not_applicable", population: 0, deviations: 0, unknown: 0, waived: 0,
      criteria: ["A1.2"], items: []),
    ControlFigures(
      id: "CHG-01", verdict: "pass", population: 3, deviations: 0, unknown: 0, waived: 0,
      criteria: ["CC8.1"], items: []),
    ControlFigures(
      id: "IAM-04", verdict: "fail", population: 1204, deviations: 1, unknown: 1, waived: 1,
      criteria: ["CC6.2"],
      items: [
        Item(item: "i0", attribute: "A", result: "false"),
        Item(item: "=i1|x", attribute: "A", result: "unknown"),
        Item(item: "i2", attribute: "B", result: "false"),
      ]),
    ControlFigures(
      id: "INC-04", verdict: "not_operated", population: 0, deviations: 0, unknown: 0, waived: 0,
      criteria: ["CC7.5"], items: []),
  ]

  static var criteria: [(id: String, verdict: String, controls: [String])] {
    Criterion.ids.map { id in
      let control = controls.first { $0.criteria.contains(id) }
      return (id, control?.verdict ?? "insufficient_evidence", control.map { [$0.id] } ?? [])
    }
  }

  static func json() throws -> String {
    let document: [String: Any] = [
      "schema": "vouch-check/1", "organization": "Example Shop Inc.",
      "as_of": "2026-10-01T00:00:00Z",
      "period": [
        "id": "2026-Q3", "start": "2026-07-01T00:00:00Z", "end": "2026-10-01T00:00:00Z",
      ],
      "controls": controls.map { control -> [String: Any] in
        [
          "id": control.id, "title": "Title of \(control.id)", "verdict": control.verdict,
          "population": control.population, "deviations": control.deviations,
          "unknown": control.unknown, "waived": control.waived, "criteria": control.criteria,
          "items": control.items.map {
            ["item": $0.item, "attribute": $0.attribute, "result": $0.result]
          },
        ]
      },
      "criteria": criteria.map {
        ["id": $0.id, "verdict": $0.verdict, "controls": $0.controls] as [String: Any]
      },
      "kpis": [Any](), "diagnostics": [Any](),
    ]
    let data = try JSONSerialization.data(
      withJSONObject: document, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
