import VouchModel

/// Reads the lists of a KernelCare ePortal (`/admin/api/servers`, `users`, `keys`, `feeds`,
/// `patchsets`).
///
/// Servers give the state of live patching of each host, users the accounts of the portal itself.
/// The other lists are kept as evidence and give no record. The text of the documentation, with
/// its `//` remarks and its `...`, is read too and reported as an excerpt.
enum KernelCarePortalCollector: Collector {
  static let format = "kernelcare_eportal"
  static let summary = "KernelCare ePortal: lists of servers, users, keys, feeds, patch sets"
  static let gives: [RecordType] = [.live_patch, .host_sighting, .account]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == "{", head.text.contains("\"result\"") else { return false }
    let marks = [
      ["\"euname\"", "\"kernel_id\""], ["\"deploy_after\"", "\"auto\""],
      ["\"server_limit\"", "\"feed\""], ["\"patchset\"", "\"status\""],
      ["\"username\"", "\"readonly\""],
    ]
    return marks.contains { $0.allSatisfy { head.text.contains($0) } }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let plain = withoutRemarks(try item.decodedText(reading))
    if plain.isExcerpt { reading.diagnose(.portalExcerpt(at: item.label)) }
    let json: JSON
    do {
      json = try JSON.parse(plain.json)
    } catch {
      reading.diagnose(.badJSON(format, error, at: item.at("L\(error.line)")))
      return
    }
    guard let list = json["result"].array else {
      reading.diagnose(.portalNoResult(at: item.label))
      return
    }
    let problems = RepeatedProblems()
    let portal = Portal(item, reading, problems)
    for (index, entry) in list.enumerated() { portal.read(entry, at: "/result/\(index)") }
    reading.checkPage(
      format, of: "entries", offset: json["offset"].integer ?? 0, count: list.count,
      total: json["count"].integer)
    problems.report(to: reading)
  }

  /// Removes `// ...` remarks and lone `...` outside of strings. Line breaks stay.
  private static func withoutRemarks(_ bytes: [UInt8]) -> (json: [UInt8], isExcerpt: Bool) {
    var out: [UInt8] = []
    var isExcerpt = false
    var inString = false
    var i = 0
    while i < bytes.count {
      let byte = bytes[i]
      if inString {
        if byte == UInt8(ascii: "\\"), i + 1 < bytes.count {
          out.append(byte)
          i += 1
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
        out.append(bytes[i])
        i += 1
      } else if bytes[i...].starts(with: "//".utf8) {
        while i < bytes.count, bytes[i] != 0x0A { i += 1 }
      } else if bytes[i...].starts(with: "...".utf8) {
        isExcerpt = true
        i += 3
        // The comma that led to the dots.
        if let last = out.lastIndex(where: { $0 > 0x20 }), out[last] == UInt8(ascii: ",") {
          out[last] = 0x20
        }
      } else {
        if byte == UInt8(ascii: "\"") { inString = true }
        out.append(byte)
        i += 1
      }
    }
    return (out, isExcerpt)
  }
}

private final class Portal {
  private let format = KernelCarePortalCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let problems: RepeatedProblems
  private let times: TimeFields
  /// Whether the list was asked for with `is_updated=true` or `false`: no field says so.
  private let isUpdated: Bool?

  init(_ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems) {
    self.item = item
    self.reading = reading
    self.problems = problems
    times = TimeFields(item, format: KernelCarePortalCollector.format, problems: problems)
    let query = item.provenance.endpoint + "?" + item.provenance.query
    let asked =
      item.options["is_updated"] ?? item.provenance.parameters["is_updated"]
      ?? query.firstMatch(of: /is_updated=(\w+)/).map { String($0.1) }
    isUpdated = asked.flatMap(flagSpelling)
  }

  func read(_ entry: JSON, at place: String) {
    if entry.has("euname") || entry.has("hostname") {
      readServer(entry, at: place)
    } else if entry.has("username") {
      readUser(entry, at: place)
    } else {
      problems.add(.portalKeptOnly(at: item.at(place)))
    }
  }

  private func readServer(_ server: JSON, at place: String) {
    guard let host = server["hostname"].text ?? server["ip"].text else {
      problems.add(.portalNameless(at: item.at(place)))
      return
    }
    var record = Record(.live_patch, place: place)
    record["source"] = .text("kernelcare")
    record["asset_id"] = .text(host)
    record["booted_kernel"] = .text(server["release"].text)
    record["effective_kernel"] = .text(server["euname"].text)
    record["patch_level"] = .text(server["patch_level"].text)
    record["state"] = .text(state(server, at: place))
    record["patched_at"] = .instant(times.instant(server["updated"], "updated", at: place))
    record["last_checkin_at"] = .instant(times.instant(server["checkin"], "checkin", at: place))
    record["up_to_date"] = .flag(isUpdated)
    reading.append(record)
    let os = [server["distro"].text, server["distro_version"].text].compactMap(\.self)
    reading.append(
      .hostSighting(
        source: "kernelcare", ref: host, place: place,
        addresses: server["ip"].text.map { [$0] } ?? [], agentID: server["id"].text,
        os: os.isEmpty ? nil : os.joined(separator: " ")))
  }

  /// A level of 1 and more is a loaded patch set, 0 none. A missing level says nothing.
  private func state(_ server: JSON, at place: String) -> String? {
    guard let level = server["patch_level"].integer else {
      problems.add(.portalNoLevel(at: item.at(place)))
      return nil
    }
    return level > 0 ? "applied" : "unpatched"
  }

  private func readUser(_ user: JSON, at place: String) {
    guard let name = user["username"].text else { return }
    var record = Record(.account, place: place)
    record["source"] = .text("kernelcare_eportal")
    record["account_id"] = .text(name)
    record["status"] = .text("active")
    record["privileged"] = .flag(user["readonly"].flag.map { !$0 })
    record["interactive"] = .flag(true)
    reading.append(record)
  }
}

extension Diagnostic {
  fileprivate static func portalExcerpt(at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_eportal.excerpt", .error, at: place, "the list holds '...' in place of entries",
      why: "entries that were left out cannot be tested",
      fix: "save the answer of the portal itself, not the text of its documentation")
  }

  fileprivate static func portalNoResult(at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_eportal.no-result", .error, at: place, "the answer has no list 'result'",
      why: "an answer without its list is an error message", fix: "collect it again")
  }

  fileprivate static func portalKeptOnly(at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_eportal.kept-only", .note, at: place,
      "a key, feed or patch set is kept as evidence and gives no record")
  }

  fileprivate static func portalNameless(at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_eportal.host-unknown", .error, at: place,
      "a server has neither hostname nor ip",
      why: "it cannot be counted for any asset", fix: "collect the list again")
  }

  fileprivate static func portalNoLevel(at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_eportal.no-level", .warning, at: place, "a server has no patch_level",
      why: "whether its kernel is patched stays unknown",
      fix: "let the server check in, or look at it with kcarectl --info")
  }
}
