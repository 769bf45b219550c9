import VouchControls
import VouchModel
import VouchPackages

/// Reads `publishing:` of `vouch.yaml`; problems go to the reader, with line and fix.
enum PublicationReader {
  /// - Parameters:
  ///   - zone: in which the dates of a report are days.
  ///   - language: of the package, which the page has too when it names none.
  static func read(_ map: YAMLReader.Map, zone: Zone, language: String) -> Publication {
    defer { map.end() }
    return Publication(
      url: address(map, "url"), language: self.language(map) ?? language,
      description: text(map, "description"),
      boundaries: text(map, "boundaries"), services: services(map),
      commitments: texts(map, "commitments"), themes: themes(map),
      contact: contact(map, "contact"),
      vulnerabilityReports: contact(map, "vulnerability_reports"), report: report(map, zone),
      minimumCount: number(map, "minimum_count", 5, 2...1000),
      validDays: number(map, "valid_days", 120, 1...400),
      approvedTerms: map.strings("approved_terms"), approvers: approvers(map))
  }

  private static func text(_ map: YAMLReader.Map, _ key: String) -> PublicText {
    guard let text = map.string(key) else { return .empty }
    return PublicText(text, at: map.place(of: key))
  }

  private static func required(_ map: YAMLReader.Map, _ key: String) -> PublicText {
    if map.has(key) { return text(map, key) }
    map.missing(key)
    return .empty
  }

  private static func texts(_ map: YAMLReader.Map, _ key: String) -> [PublicText] {
    guard let node = map.node(key) else { return [] }
    let lines = node.sequence.map { $0.map { $0.mark?.line } } ?? [node.mark?.line]
    return zip(map.strings(key), lines).map { text, line in
      PublicText(text, at: line.map { "\(map.file):\($0)" } ?? map.place(of: key))
    }
  }

  private static func language(_ map: YAMLReader.Map) -> String? {
    guard let text = map.string("language") else { return nil }
    if text.wholeMatch(of: /[a-z]{2,3}(-[A-Z]{2})?/) != nil { return text }
    map.problem(
      "language", "language", "'\(text)' is not the code of a language",
      fix: "write en or de, or the name of a file of your own in templates/packages/public/strings/"
    )
    return nil
  }

  private static func address(_ map: YAMLReader.Map, _ key: String) -> PublicText {
    let address = text(map, key)
    if !address.isEmpty, address.text.wholeMatch(of: #/https://[^\s"'<>@]+/#) == nil {
      map.problem(
        "address", key, "'\(key)' is not an address that begins with https://",
        why: "readers must not be led to a page that can be changed on the way")
    }
    return address
  }

  private static func services(_ map: YAMLReader.Map) -> [Publication.Service] {
    map.maps("services").map { entry in
      defer { entry.end() }
      return Publication.Service(
        id: entry.required("id"), name: required(entry, "name"),
        description: text(entry, "description"))
    }
  }

  private static func themes(_ map: YAMLReader.Map) -> [Publication.Theme] {
    map.maps("themes").map { entry in
      defer { entry.end() }
      let areas = entry.strings("areas")
      if areas.isEmpty {
        entry.problem(
          "missing", "areas", "a theme has to name the areas of its controls",
          why: "so that nothing is said of controls that are not adopted",
          fix: "add 'areas: [IAM]'; 'vouch controls' lists them: the letters before the hyphen")
      }
      return Publication.Theme(
        title: required(entry, "title"), text: text(entry, "text"), areas: areas)
    }
  }

  private static func contact(_ map: YAMLReader.Map, _ key: String) -> Publication.Contact? {
    guard let entry = map.map(key) else { return nil }
    defer { entry.end() }
    let email = text(entry, "email")
    if !email.isEmpty, email.text.wholeMatch(of: #/[^\s@"'<>?&]+@[^\s@"'<>?&]+\.[a-z]{2,}/#) == nil
    {
      entry.problem("email", "email", "'\(key).email' is not a mail address")
    }
    let contact = Publication.Contact(
      text: text(entry, "text"), email: email, url: address(entry, "url"))
    if contact.email.isEmpty, contact.url.isEmpty {
      entry.problem(
        "missing", "email", "'\(key)' names no way to reach anybody", fix: "add 'email:' or 'url:'")
    }
    return contact
  }

  private static func report(_ map: YAMLReader.Map, _ zone: Zone) -> Publication.Report? {
    guard let entry = map.map("report") else { return nil }
    defer { entry.end() }
    let kind = entry.choice("type", Publication.Report.Kind.self)
    let opinion = entry.choice("opinion", Publication.Report.Opinion.self)
    let end = entry.instant("period_end", zone: zone)
    let date = entry.instant("date", zone: zone)
    for key in ["type", "opinion", "period_end", "date"] where !entry.has(key) {
      entry.missing(key)
    }
    if let end, let date, date < end {
      entry.problem(
        "report-date", "date", "the report is dated before the end of the period it is about",
        fix: "enter the date that the firm put on the report")
    }
    let categories = entry.strings("categories").compactMap { word -> Category? in
      if let category = Category(rawValue: word) { return category }
      let hint =
        nearest(to: word, among: Category.allCases.map(\.rawValue)).map {
          "; did you mean '\($0)'?"
        }
        ?? ""
      entry.problem("category", "categories", "'\(word)' is not a category\(hint)")
      return nil
    }
    let auditor = text(entry, "auditor")
    let available = text(entry, "available")
    let start = entry.instant("period_start", zone: zone)
    guard let kind, let opinion, let end, let date else { return nil }
    return Publication.Report(
      kind: kind, auditor: auditor, periodStart: start, periodEnd: end, date: date,
      categories: categories, opinion: opinion, available: available, place: entry.place)
  }

  private static func number(
    _ map: YAMLReader.Map, _ key: String, _ standard: Int, _ range: ClosedRange<Int>
  ) -> Int {
    guard let value = map.int(key) else { return standard }
    if range.contains(value) { return value }
    map.problem(
      "range", key, "'\(key)' has to lie between \(range.lowerBound) and \(range.upperBound)")
    return standard
  }

  private static func approvers(_ map: YAMLReader.Map) -> [String] {
    map.strings("approver").map { approver in
      if Approval.isNameAndRole(approver) { return approver }
      map.problem(
        "approver", "approver", "an approver is a name and a role",
        fix: "write \"Name, role\"")
      return approver
    }
  }
}

extension YAMLReader.Map {
  var file: String { String(place.prefix { $0 != ":" }) }

  /// `vouch.yaml:41` of a key's value.
  func place(of key: String) -> String {
    node(key)?.mark.map { "\(file):\($0.line)" } ?? place
  }
}
