import Foundation
import VouchModel

/// Reads `ScubaResults.csv` of CISA's ScubaGear: the checks of the Microsoft 365 baselines.
///
/// The tenant is not named; it stands under the option `asset`, or as `m365`.
enum ScubaGearResultsCollector: Collector {
  static let format = "scubagear_results"
  static let summary = "ScubaGear results: checks of the CISA baselines for Microsoft 365"
  static let gives: [RecordType] = [.compliance_check]

  static func recognises(_ head: Head) -> Bool {
    guard let header = head.delimitedHeader else { return false }
    return header.starts(with: ["Control ID", "Requirement", "Result", "Criticality"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    try item.rows(format: format, reading) { row in
      let word = row.raw("Result") ?? ""
      guard let result = result(word, criticality: row["Criticality"] ?? "") else {
        reading.diagnose(
          .unknownWord(
            format, "result", word, at: item.at(row.place),
            why: "a check that neither passed nor failed proves nothing"))
        return
      }
      var record = Record(.compliance_check, place: row.place)
      record["asset_id"] = .text(item.options["asset"] ?? "m365")
      record["check_id"] = .text(row["Control ID"])
      record["name"] = .text(row["Requirement"].map(withoutMarkup))
      record["result"] = .text(result)
      record["benchmark"] = .text("CISA SCuBA")
      record["severity"] = .text(row["Criticality"])
      record["source"] = .text("scubagear")
      reading.append(record)
    }
  }

  private static func result(_ word: String, criticality: String) -> String? {
    switch word {
    case "Pass": "passed"
    case "Fail": "failed"
    case "Warning": "warning"
    case "Error": "error"
    // Omitted by the operator's configuration: not looked at.
    case "Omitted": "unknown"
    // The tool cannot check it, which is not the same as the check being beside the point.
    case "N/A": criticality.hasSuffix("Not-Implemented") ? "unknown" : "not_applicable"
    default: nil
    }
  }

  /// The sentence before the badges that ScubaGear adds as HTML.
  private static func withoutMarkup(_ text: String) -> String {
    String(text.prefix { $0 != "<" }).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
