import VouchModel

/// Reads tickets of Request Tracker: the JSON of REST 2 (tickets, or searches with `fields=`), and
/// the text of REST 1 (`RT/4.4.3 200 Ok`, `key: value`, tickets separated by `--`).
///
/// REST 1 writes times of the user's zone, so it needs the source's zone. Unset times are
/// 1970-01-01 or `Not set`. A priority that is a number is read as RT 5 shows it by default: from
/// 100 high, from 50 medium, below low; 0 is what a ticket has when nobody set one. Options: see
/// ``TicketWriter``; `done` names more statuses that end a ticket (default: resolved, rejected,
/// deleted).
enum RequestTrackerCollector: Collector {
  static let format = "request_tracker"
  static let summary = "Request Tracker: tickets as JSON (REST 2) or text (REST 1)"
  static let gives: [RecordType] = [.ticket, .incident]

  static func recognises(_ head: Head) -> Bool {
    let text = head.text
    if head.json != nil {
      return text.contains("/REST/2.0/")
        || (text.contains("\"Queue\"") && text.contains("\"Requestor\""))
    }
    return text.wholeMatch(of: /(?s)RT\/[\d.]+ \d{3} .*/) != nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let tracker = RequestTracker(item, reading)
    if head.json != nil {
      guard let json = try item.json(format: format, reading) else { return }
      tracker.read(json, at: "")
    } else {
      tracker.read(String(decoding: try item.decodedText(reading), as: UTF8.self))
    }
    tracker.finish()
  }
}

private final class RequestTracker {
  private let format = RequestTrackerCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let writer: TicketWriter
  private let done: Set<String>

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    writer = TicketWriter(
      item, format: format, source: "rt",
      patterns: ["EEE MMM dd HH:mm:ss yyyy", "EEE MMM d HH:mm:ss yyyy"], reading)
    let configured = (item.options["done"] ?? "").split(separator: ",")
      .map { String($0.trimmingSpace) }
    done = Set(["resolved", "rejected", "deleted"] + configured)
  }

  func finish() { writer.finish() }

  // MARK: REST 2

  func read(_ json: JSON, at place: String) {
    if let answers = json.array {
      for (index, answer) in answers.enumerated() { read(answer, at: "\(place)/\(index)") }
    } else if let items = json["items"].array {
      for (index, entry) in items.enumerated() { readTicket(entry, at: "\(place)/items/\(index)") }
      let last = json["pages"].integer ?? 1
      reading.checkNextPage(
        format, isThere: json["next_page"].text != nil || (json["page"].integer ?? 1) < last,
        field: "next_page")
      reading.reportedTotal = json["total"].integer
      if json["total"].isNull { reading.diagnose(.rtHidden(at: item.at(place))) }
    } else {
      readTicket(json, at: place)
    }
  }

  private func readTicket(_ json: JSON, at place: String) {
    guard let id = json["id"].text else {
      reading.diagnose(.rtNoID(at: item.at(place)))
      return
    }
    guard json.has("Created") else {
      writer.problems.add(.rtNoFields(at: item.at(place)))
      return
    }
    var ticket = Ticket(id: id)
    ticket.type = json.at("Queue", "Name").text ?? json["Type"].text
    ticket.severity = severity(json["Priority"].text)
    ticket.status = json["Status"].text
    ticket.ownerID = owner(json.at("Owner", "id").text ?? json["Owner"].text)
    ticket.requesterID = json["Requestor"][0]["id"].text
    fillTimes(&ticket, at: place) { json[$0].text }
    writer.append(ticket, from: json, at: place)
  }

  /// RT_Config, `%PriorityAsString`: Low 0, Medium 50, High 100; a number has the name of the
  /// highest of these that it reaches.
  private func severity(_ priority: String?) -> String? {
    guard let priority, item.options["severity.\(priority)"] == nil,
      let number = Int(priority)
    else { return priority }
    switch number {
    case 100...: return "high"
    case 50...: return "medium"
    case 1...: return "low"
    default: return nil
    }
  }

  private func owner(_ name: String?) -> String? { name == "Nobody" ? nil : name }

  private func fillTimes(
    _ ticket: inout Ticket, at place: String, _ value: (String) -> String?
  ) {
    func time(_ field: String) -> Instant? {
      guard let text = value(field), text != "Not set", !text.hasPrefix("1970-01-01") else {
        return nil
      }
      return writer.times.instant(text, field, at: place, severity: .error)
    }
    ticket.createdAt = time("Created")
    ticket.acknowledgedAt = [time("Started"), time("Told")].compactMap(\.self).min()
    ticket.dueAt = time("Due")
    if let status = ticket.status, done.contains(status) { ticket.resolvedAt = time("Resolved") }
  }

  // MARK: REST 1

  func read(_ text: String) {
    var fields: [String: String] = [:]
    var start = 1
    var last: String?
    func close() {
      if !fields.isEmpty { readTicket(fields, at: "L\(start)") }
      fields = [:]
      last = nil
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, raw) in lines.enumerated() {
      let line = raw.hasSuffix("\r") ? raw.dropLast() : raw
      if index == 0, line.hasPrefix("RT/") {
        if !line.contains(" 200 ") { reading.diagnose(.rtRefused(at: item.at("L1"))) }
      } else if line == "--" {
        close()
      } else if line.first == " ", let last {
        fields[last, default: ""] += "\n" + line.trimmingSpace
      } else if let colon = line.firstIndex(of: ":") {
        let key = String(line[..<colon])
        if key == "id" {
          close()
          start = index + 1
        }
        fields[key] = String(line[line.index(after: colon)...].trimmingSpace)
        last = key
      } else if line.hasPrefix("# ") {
        reading.diagnose(.rtRefused(at: item.at("L\(index + 1)")))
      }
    }
    close()
  }

  private func readTicket(_ fields: [String: String], at place: String) {
    // `ticket/42`
    guard let id = fields["id"]?.split(separator: "/").last else {
      reading.diagnose(.rtNoID(at: item.at(place)))
      return
    }
    var ticket = Ticket(id: String(id))
    func value(_ key: String) -> String? { fields[key].flatMap { isNoneSpelling($0) ? nil : $0 } }
    ticket.type = value("Queue")
    ticket.severity = severity(value("Priority"))
    ticket.status = value("Status")
    ticket.ownerID = owner(value("Owner"))
    fillTimes(&ticket, at: place, value)
    let json = JSON.object(
      fields.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) })
    writer.append(ticket, from: json, at: place)
  }
}

extension Diagnostic {
  fileprivate static func rtHidden(at place: String) -> Diagnostic {
    Diagnostic(
      "request_tracker.total-hidden", .error, at: place,
      "the answer does not say how many tickets there are",
      why: "RT leaves the total out when the user may not see every ticket found",
      fix: "collect with a user that may see the whole queue")
  }

  fileprivate static func rtNoID(at place: String) -> Diagnostic {
    Diagnostic(
      "request_tracker.no-id", .error, at: place, "a ticket has no id",
      why: "it cannot be told from the others", fix: "collect the tickets again")
  }

  fileprivate static func rtNoFields(at place: String) -> Diagnostic {
    Diagnostic(
      "request_tracker.no-fields", .error, at: place,
      "an entry of the search holds no fields of its ticket",
      why: "a search lists only what fields= asks for",
      fix: "add fields=Queue,Status,Priority,Created,Started,Resolved,Due,Owner,Requestor")
  }

  fileprivate static func rtRefused(at place: String) -> Diagnostic {
    Diagnostic(
      "request_tracker.refused", .error, at: place, "RT answered with an error",
      why: "tickets are missing from the export", fix: "check the query and the user's rights")
  }
}
