import VouchModel

/// Reads a list of leavers as CSV, with the columns `employee_id` and `termination_date`.
///
/// Salaries, reasons and surveys that such lists carry are not read.
enum HRTerminationsCollector: Collector {
  static let format = "hr_terminations"
  static let summary = "List of leavers (CSV with employee_id and termination_date)"
  static let gives: [RecordType] = [.person]

  static func recognises(_ head: Head) -> Bool {
    guard let header = head.delimitedHeader else { return false }
    return header.contains("employee_id") && header.contains("termination_date")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.person)
    let asOf = item.provenance.effectiveAt ?? item.provenance.collectedAt
    var dates = RosterDates(zone: item.zone)
    try item.rows(format: format, reading) { row in
      guard let id = row["employee_id"] else {
        reading.diagnose(
          .missingField(
            format, "employee_id", at: item.at(row.place),
            why: "a person without a number cannot be joined"))
        return
      }
      guard let day = row["termination_date"], WrittenTime(iso: day) != nil else {
        reading.diagnose(
          .missingField(
            format, "termination_date", at: item.at(row.place),
            why: "without the day it cannot be told whether access was removed in time"))
        return
      }
      var record = Record(.person, place: row.place)
      let end = dates.end(of: day)
      record["person_id"] = .text(id)
      record["terminated_at"] = .instant(end)
      // A list of leavers may name people who are still at work until then.
      record["status"] = .text(end.map { $0 <= asOf ? "ended" : "active" })
      reading.append(record)
    }
    dates.report(format, field: "termination_date", reading)
  }
}
