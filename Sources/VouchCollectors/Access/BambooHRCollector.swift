import VouchModel

/// Reads a custom report of BambooHR as JSON: employees with their hire and termination dates.
///
/// `0000-00-00` is no date, and a date may lie ahead. The person's id is the employee number, or
/// `id:` with BambooHR's own id when there is none.
enum BambooHRCollector: Collector {
  static let format = "bamboohr"
  static let summary = "BambooHR custom report (JSON)"
  static let gives: [RecordType] = [.person]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("title", "fields[].id")
      && (head.text.contains("\"hireDate\"")
        || head.hasJSON("employees[]"))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.person)
    guard let root = try item.json(format: format, reading) else { return }
    let employees = root["employees"].elements
    let managers = namedPeople(employees)
    var dates = RosterDates(zone: item.zone)
    for (index, employee) in employees.enumerated() {
      let place = "/employees/\(index)"
      guard let id = personID(employee) else {
        reading.diagnose(
          .missingField(
            format, "id", at: item.at(place), why: "a person without a number cannot be joined"))
        continue
      }
      let word = employee["status"].string ?? ""
      guard let status = status(word, employee["employmentHistoryStatus"].text) else {
        reading.diagnose(
          .unknownWord(
            format, "status", word, at: item.at(place),
            why: "a person who neither works here nor left is in no population"))
        continue
      }
      var record = Record(.person, place: place)
      record["person_id"] = .text(id)
      // Of people who left, the report no longer tells contractors from employees.
      let isContractor = employee["employmentHistoryStatus"].text == "Contractor"
      record["kind"] = .text(isContractor ? "contractor" : "employee")
      record["status"] = .text(status)
      record["hired_at"] = .instant(dates.start(of: employee["hireDate"]))
      record["terminated_at"] = .instant(dates.end(of: employee["terminationDate"].text))
      record["role"] = .text(employee["jobTitle"].text)
      record["department"] = .text(employee["department"].text)
      record["manager_id"] = .text(employee["supervisor"].text.flatMap { managers[$0] ?? nil })
      record["account_names"] = .list(
        [employee["workEmail"].text?.lowercased()].compactMap { $0 })
      reading.append(record)
    }
    dates.report(format, field: "hireDate, terminationDate", reading)
  }

  private static func personID(_ employee: JSON) -> String? {
    employee["employeeNumber"].text ?? employee["id"].text.map { "id:\($0)" }
  }

  private static func status(_ word: String, _ history: String?) -> String? {
    switch word {
    case "Active": history?.contains("Leave") == true ? "leave" : "active"
    case "Inactive": "ended"
    default: nil
    }
  }

  /// Supervisors are named, not numbered; a name that two people share names nobody.
  private static func namedPeople(_ employees: [JSON]) -> [String: String?] {
    var people: [String: String?] = [:]
    for employee in employees {
      guard let last = employee["lastName"].text, let first = employee["firstName"].text else {
        continue
      }
      let name = "\(last), \(first)"
      people[name] = people.keys.contains(name) ? .some(nil) : personID(employee)
    }
    return people
  }
}
