import VouchModel

extension Record {
  /// A machine as one tool saw it. `ref` is the name that the tool's other records use.
  ///
  /// A name with a dot is taken as fully qualified; a name that is an address as an address.
  static func hostSighting(
    source: String, ref: String, place: String, fqdn: String? = nil, addresses: [String] = [],
    agentID: String? = nil, os: String? = nil
  ) -> Record {
    var record = Record(.host_sighting, place: place)
    record["source"] = .text(source)
    record["ref"] = .text(ref)
    var known = addresses
    if isAddress(ref) {
      if !known.contains(ref) { known.insert(ref, at: 0) }
    } else if ref != agentID {
      record["hostname"] = .text(ref)
      record["fqdn"] = .text(fqdn ?? (ref.utf8.contains(UInt8(ascii: ".")) ? ref : nil))
    }
    if !known.isEmpty { record["addresses"] = .list(known) }
    record["agent_id"] = .text(agentID)
    record["os"] = .text(os)
    return record
  }
}

/// The machine in `host`, `host:9100`, `[::1]:9100` or `https://host:443/path`.
func hostPart(ofEndpoint text: String) -> String {
  var rest = text[...]
  if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
  rest = rest.prefix { $0 != "/" && $0 != "?" }
  if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
    return String(rest[rest.index(after: rest.startIndex)..<end])
  }
  let colons = rest.count { $0 == ":" }
  if colons == 1, let colon = rest.firstIndex(of: ":") { rest = rest[..<colon] }
  return String(rest)
}
