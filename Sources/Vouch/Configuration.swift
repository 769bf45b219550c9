import Foundation
import VouchCapture
import VouchControls
import VouchModel
import VouchPackages
import Yams

/// `vouch.yaml`, read and checked.
public struct Configuration: Sendable {
  public let engagement: Engagement
  public let period: Period
  /// Nil: the end of the period.
  public let asOf: Instant?
  public let sources: [Source]
  /// SHA-256 of the file's text.
  public let digest: Digest
  public let text: String
  /// The `publishing:` part: what management enters for the public summary; nil: none.
  public let publication: Publication?
  /// Key file for `bundle --sign`, as configured; may be empty.
  public let signingKey: String
  /// Language of the package's words: `en` for `strings/en.yaml`.
  public let language: String
  /// The auditor's request list, a CSV in the workspace; may be empty.
  public let requests: String
  /// Folder with NIST's XSD files, when the workspace names one.
  public let schemas: String?
  public let secrets: SecretsPolicy
  /// What the file still says as `vouch init` wrote it. A package with placeholders is not made.
  public let placeholders: [Diagnostic]
  /// The keys that reading the file looked for: ``YAMLReader/keys``.
  public let keys: Set<String>

  /// Reads the file; throws ``Refusal`` with everything that is wrong with it.
  ///
  /// - Parameter library: controls and default parameters, to check names against; an empty one
  ///   knows no names and objects to none.
  public init(text: String, file: String, library: ControlLibrary) throws {
    let reader = YAMLReader(file: file, topic: "config")
    guard let map = reader.open(text) else { throw Refusal(.data, reader.problems) }
    let zone = Self.zone(map)
    let organization = map.map("organization")
    let system = map.map("system")
    let name = organization?.required("name") ?? ""
    if organization == nil { map.missing("organization") }
    if let slug = organization?.string("slug"),
      slug.wholeMatch(of: /[a-z0-9][a-z0-9-]{0,79}/) == nil
    {
      organization?.problem(
        "slug", "slug", "'\(slug)' is no short name",
        why: "it names the package's folder",
        fix: "use lower case letters, digits and hyphens")
    }
    let hours = map.map("business_hours")
    engagement = Engagement(
      organization: name, slug: organization?.string("slug") ?? Self.slug(name),
      system: system?.required("name") ?? "",
      systemDescription: system?.string("description") ?? "",
      categories: Self.categories(map), zone: zone,
      adoptions: Self.adoptions(map, library),
      parameters: library.defaults + Self.parameters(map, zone, library),
      waivers: Self.waivers(map, zone), exclusions: Self.exclusions(map),
      aliases: Self.aliases(map), businessDays: Self.days(hours),
      opens: Self.minutes(hours, "open") ?? 540, closes: Self.minutes(hours, "close") ?? 1020,
      holidays: map.strings("holidays").map(Engagement.Holiday.init),
      preparedBy: organization?.string("prepared_by") ?? "",
      preparedFor: organization?.string("prepared_for") ?? "")
    let periodText = map.required("period")
    let parsed = Period(periodText, in: zone)
    if parsed == nil, !periodText.isEmpty {
      map.problem(
        "period", "period", "'\(periodText)' is not a period",
        fix: "write 2026-Q3, 2026-07 or 2026-07-01..2026-10-01")
    }
    period = parsed ?? Period(id: "", start: Instant(seconds: 0), end: Instant(seconds: 1))
    asOf = map.instant("as_of", zone: zone)
    sources = Self.sources(map, zone)
    let signing = map.map("signing")
    signingKey = signing?.string("key") ?? ""
    schemas = map.string("schemas")
    secrets = SecretsPolicy(map.map("secrets"))
    let language = map.string("language") ?? "en"
    self.language = language
    requests = map.string("requests") ?? ""
    publication = map.map("publishing").map {
      PublicationReader.read($0, zone: zone, language: language)
    }
    digest = .sha256(text)
    self.text = text
    placeholders = Placeholders.find(organization, system, in: map)
    for part in [organization, system, hours, signing] { part?.end() }
    map.end()
    keys = reader.keys
    if !reader.problems.isEmpty { throw Refusal(.data, reader.problems) }
  }

  private static func zone(_ map: YAMLReader.Map) -> Zone {
    guard let text = map.string("zone") else {
      map.missing("zone")
      return .utc
    }
    if let zone = Zone(text) { return zone }
    map.problem(
      "zone", "zone", "'\(text)' is not a time zone",
      why: "the zone decides when a day, and so the period, begins",
      fix: "write a name such as Europe/Berlin, or UTC")
    return .utc
  }

  /// Lower case letters, digits and hyphens of a name.
  static func slug(_ name: String) -> String {
    let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "organization" : words.joined(separator: "-")
  }

  private static func categories(_ map: YAMLReader.Map) -> [Category] {
    var all: [Category] = []
    for word in map.strings("categories") {
      if let category = Category(rawValue: word) {
        all.append(category)
      } else {
        let hint =
          nearest(to: word, among: Category.allCases.map(\.rawValue)).map {
            "; did you mean '\($0)'?"
          }
          ?? ""
        map.problem(
          "category", "categories", "'\(word)' is not a category\(hint)",
          fix: "categories are \(Category.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }
    if !all.contains(.security) { all.insert(.security, at: 0) }
    return Category.allCases.filter(all.contains)
  }

  private static func adoptions(
    _ map: YAMLReader.Map, _ library: ControlLibrary
  ) -> [Engagement.Adoption] {
    guard let controls = map.map("controls") else { return [] }
    return controls.entries().compactMap { id, node in
      if !library.files.isEmpty, library.control(id) == nil {
        let hint =
          nearest(to: id, among: library.files.map(\.control.id)).map { "; did you mean '\($0)'?" }
          ?? ""
        controls.problem(
          "no-control", id, "there is no control '\(id)'\(hint)",
          fix: "vouch controls lists them all")
        return nil
      }
      guard let entry = controls.sub(id, node) else { return nil }
      defer { entry.end() }
      return Engagement.Adoption(
        control: id, owner: entry.required("owner"), activity: entry.string("activity") ?? "",
        response: entry.string("response") ?? "")
    }.sorted { $0.control < $1.control }
  }

  private static func parameters(
    _ map: YAMLReader.Map, _ zone: Zone, _ library: ControlLibrary
  ) -> [Engagement.Parameter] {
    guard let parameters = map.map("parameters") else { return [] }
    let known = Set(library.defaults.map(\.name))
    for (name, _) in parameters.entries() where !known.isEmpty && !known.contains(name) {
      let hint = nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
      parameters.problem(
        "no-parameter", name, "there is no parameter '\(name)'\(hint)",
        why: "no rule would use it", fix: "templates/parameters.yaml has them all")
    }
    return ControlLibrary.parameters(parameters, zone: zone)
  }

  private static func waivers(_ map: YAMLReader.Map, _ zone: Zone) -> [Engagement.Waiver] {
    map.maps("waivers").compactMap { entry in
      defer { entry.end() }
      let id = entry.required("id")
      guard let expires = entry.instant("expires_at", zone: zone) else {
        if !entry.has("expires_at") {
          entry.problem(
            "waiver-permanent", "id", "waiver '\(id)' has no expiry",
            why: "a waiver without an end is a changed rule that nobody approved",
            fix: "add 'expires_at:' with the day on which it ends")
        }
        return nil
      }
      let approved = entry.instant("approved_at", zone: zone)
      if approved == nil { entry.missing("approved_at") }
      return Engagement.Waiver(
        id: id, control: entry.required("control"), item: entry.string("item") ?? "",
        attribute: entry.string("attribute") ?? "", reason: entry.required("reason"),
        measure: entry.string("measure") ?? "", approver: entry.required("approver"),
        approvedAt: approved ?? Instant(seconds: .max), expiresAt: expires)
    }.sorted { $0.id < $1.id }
  }

  private static func exclusions(_ map: YAMLReader.Map) -> [Engagement.Exclusion] {
    map.maps("exclusions").map { entry in
      defer { entry.end() }
      let kinds = ["control", "asset", "source", "difference", "service", "person"]
      let kind = kinds.first { entry.has($0) }
      if kind == nil {
        entry.problem(
          "exclusion", "reason", "an exclusion has to name a thing",
          fix: "add one of \(kinds.joined(separator: ", "))")
      }
      return Engagement.Exclusion(
        kind: kind ?? "", thing: kind.flatMap { entry.string($0) } ?? "",
        reason: entry.required("reason"), approver: entry.required("approver"))
    }
  }

  private static func aliases(_ map: YAMLReader.Map) -> [String: String] {
    var aliases: [String: String] = [:]
    for (name, node) in map.map("aliases")?.entries() ?? [] {
      if let asset = node.scalar?.string { aliases[name] = asset }
    }
    return aliases
  }

  private static func days(_ hours: YAMLReader.Map?) -> [Int] {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    let days = (hours?.strings("days") ?? []).compactMap { day -> Int? in
      if let index = names.firstIndex(of: day) { return index + 1 }
      hours?.problem(
        "word", "days", "'\(day)' is not a day", fix: "days are \(names.joined(separator: ", "))")
      return nil
    }
    return days.isEmpty ? [1, 2, 3, 4, 5] : days
  }

  private static func minutes(_ hours: YAMLReader.Map?, _ key: String) -> Int? {
    guard let text = hours?.string(key) else { return nil }
    let parts = text.split(separator: ":").compactMap { Int($0) }
    if parts.count == 2, (0...24).contains(parts[0]), (0...59).contains(parts[1]) {
      return parts[0] * 60 + parts[1]
    }
    hours?.problem("time", key, "'\(text)' is not a time of day", fix: "write \"09:00\"")
    return nil
  }

  // MARK: Sources

  private static func sources(_ map: YAMLReader.Map, _ zone: Zone) -> [Source] {
    guard let sources = map.map("sources") else { return [] }
    return sources.entries().compactMap { name, node in
      guard let entry = sources.sub(name, node) else { return nil }
      defer { entry.end() }
      if name.wholeMatch(of: /[a-z0-9][a-z0-9_-]*/) == nil {
        sources.problem(
          "source-name", name, "'\(name)' is not a name for a source",
          fix: "use lower case letters, digits, _ and -")
      }
      guard let transport = transport(entry) else { return nil }
      var ownZone: Zone?
      if let text = entry.string("zone") {
        ownZone = Zone(text)
        if ownZone == nil { entry.problem("zone", "zone", "'\(text)' is not a time zone") }
      }
      var options: [String: String] = [:]
      for key in ["record", "rows", "separator", "decimal", "asset", "kind", "service"] {
        if let value = entry.string(key) { options[key] = value }
      }
      for group in ["columns", "values", "constant", "severity", "formats", "options"] {
        guard let table = entry.map(group) else { continue }
        flatten(table, group == "options" ? "" : group + ".", into: &options)
      }
      return Source(
        name: name, transport: transport, format: entry.string("format"), zone: ownZone,
        options: options, effectiveAt: entry.instant("effective", zone: zone))
    }.sorted { $0.name < $1.name }
  }

  private static func flatten(
    _ table: YAMLReader.Map, _ prefix: String, into options: inout [String: String]
  ) {
    for (key, node) in table.entries() {
      if case .mapping = node, let inner = table.sub(key, node) {
        flatten(inner, "\(prefix)\(key).", into: &options)
      } else if case .sequence(let list) = node {
        options[prefix + key] = list.compactMap { $0.scalar?.string }.joined(separator: ",")
      } else if let text = node.scalar?.string {
        options[prefix + key] = text
      }
    }
  }

  private static func transport(_ entry: YAMLReader.Map) -> Source.Transport? {
    let kinds = ["file", "command", "http"].filter(entry.has)
    guard kinds.count == 1 else {
      entry.problem(
        "transport", "file",
        kinds.isEmpty
          ? "a source needs a transport"
          : "a source has one transport, not \(kinds.joined(separator: " and "))",
        fix: "add one of file, command, http")
      return nil
    }
    switch kinds[0] {
    case "file": return .file(entry.strings("file"))
    case "command": return command(entry)
    default: return http(entry)
    }
  }

  private static func command(_ entry: YAMLReader.Map) -> Source.Transport? {
    if case .mapping? = entry.node("command"), let map = entry.map("command") {
      defer { map.end() }
      var command = Source.Command(arguments: map.strings("run"))
      if command.arguments.isEmpty { map.missing("run") }
      command.version = map.strings("version")
      command.timeoutSeconds = map.int("timeout") ?? command.timeoutSeconds
      if map.has("environment") { command.environment = map.strings("environment") }
      if map.has("accepts") { command.accepts = map.strings("accepts").compactMap { Int($0) } }
      command.name = map.string("name") ?? ""
      return .command(command)
    }
    let arguments = entry.strings("command")
    return arguments.isEmpty ? nil : .command(Source.Command(arguments: arguments))
  }

  private static func http(_ entry: YAMLReader.Map) -> Source.Transport? {
    guard let map = entry.map("http") else { return nil }
    defer { map.end() }
    var request = Source.HTTPRequest(url: map.required("url"))
    for (key, node) in map.map("query")?.entries() ?? [] {
      request.query[key] = node.scalar?.string ?? ""
    }
    for (key, node) in map.map("headers")?.entries() ?? [] {
      request.headers[key] = node.scalar?.string ?? ""
    }
    request.timeoutSeconds = map.int("timeout") ?? request.timeoutSeconds
    request.retries = map.int("retries") ?? request.retries
    request.pageLimit = map.int("page_limit") ?? request.pageLimit
    if let paging = map.map("paging") {
      defer { paging.end() }
      let items = paging.string("items") ?? ""
      let total = paging.string("total") ?? ""
      switch paging.required("by") {
      case "link": request.paging = .link
      case "next":
        request.paging = .body(next: paging.required("next"), items: items, total: total)
      case "offset":
        request.paging = .offset(
          parameter: paging.required("parameter"),
          limitParameter: paging.string("limit_parameter") ?? "",
          limit: paging.int("limit") ?? 100, items: items, total: total)
      case "page":
        request.paging = .page(
          parameter: paging.required("parameter"), first: paging.int("first") ?? 1, items: items,
          total: total)
      case "cursor":
        request.paging = .cursor(
          parameter: paging.required("parameter"), pointer: paging.required("cursor"), items: items)
      default:
        paging.problem(
          "paging", "by", "'by:' has to name a way of paging",
          why: "without it nobody knows whether the last page was reached",
          fix: "write one of link, next, offset, page, cursor")
      }
    }
    return .http(request)
  }
}
