import Foundation
import VouchModel

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Runs an `http:` source: GET, page by page to the proven last page.
///
/// Every page is preserved as it came. A listing that was interrupted has no last page, and
/// whatever it feeds is incomplete.
struct HTTPTransport {
  let source: Source
  let request: Source.HTTPRequest
  let context: CaptureContext
  /// Waits between two attempts; tests hand in one that does not.
  var pause: (Double) -> Void = { Thread.sleep(forTimeInterval: $0) }

  /// A page larger than this is refused.
  static let pageLimit = 512 << 20

  func capture(_ deliver: (Captured) throws -> Void) throws {
    var headers: [String: String] = [:]
    do throws(Failure) {
      for (name, value) in request.headers { headers[name] = try filled(value) }
    } catch {
      try deliver(.failure(error.text, provenance(request.url, page: 1)))
      return
    }
    guard var url = Self.url(request.url, request.query.merging(firstPage) { _, new in new }) else {
      try deliver(.failure("'\(request.url)' is not an address", provenance(request.url, page: 1)))
      return
    }
    let listing = "\(source.name) \(context.now().iso8601)"
    var seen: Set<String> = []
    var page = 1
    var count = 0
    var total: Int?
    var previous: [UInt8]?
    while true {
      var provenance = provenance(url.absoluteString, page: page)
      provenance.listing = listing
      guard seen.insert(url.absoluteString).inserted, page <= request.pageLimit else {
        try deliver(
          .failure(
            "the listing does not end: page \(page) is one that was fetched before, or there are more than \(request.pageLimit)",
            provenance))
        return
      }
      let answer: Answer
      do throws(Failure) {
        answer = try fetch(url, headers)
      } catch {
        try deliver(.failure("\(Self.redacted(url.absoluteString)): \(error.text)", provenance))
        return
      }
      let next = following(answer, url: url, page: page, before: count)
      if next.url != nil, answer.body == previous {
        try deliver(
          .failure(
            "the listing does not end: page \(page) is the same as page \(page - 1)", provenance))
        return
      }
      previous = answer.body
      count += next.items ?? 0
      provenance.reportedTotal = next.total
      provenance.isLastPage = next.url == nil
      if let version = answer.headers["server"] { provenance.parameters["server"] = version }
      provenance.parameters["status"] = String(answer.status)
      provenance.collectedAt = context.now()
      if next.url == nil, let all = next.total ?? total, next.items != nil, count < all {
        provenance.partial = "the source says there are \(all) entries, \(count) came"
      }
      if let before = total, let now = next.total, now < before {
        // Everything behind a removed entry moves forward, over the border of a page.
        provenance.partial =
          "the total fell from \(before) to \(now) while the pages were read, so entries may be missing"
      }
      total = next.total ?? total
      if let problem = next.problem { provenance.partial = problem }
      try deliver(.bytes(answer.body, provenance))
      guard let following = next.url else { return }
      guard Self.mayFollow(following, from: url) else {
        // The headers' secrets are for the host that the source names.
        provenance.partial = nil
        try deliver(
          .failure("the next page is on another host, or no longer encrypted", provenance))
        return
      }
      url = following
      page += 1
    }
  }

  private func provenance(_ url: String, page: Int) -> Provenance {
    let address = Self.redacted(url)
    let parts = address.split(separator: "?", maxSplits: 1).map(String.init)
    var provenance = context.provenance(
      source, "http", endpoint: parts.first ?? address,
      name: page == 1 ? "\(source.name).json" : "\(source.name)-\(page).json",
      query: parts.count > 1 ? parts[1] : "")
    provenance.page = page
    provenance.isLastPage = false
    return provenance
  }

  // MARK: Requests

  struct Answer {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]
  }

  struct Failure: Error {
    let text: String
    var isWorthRetrying = false
    var waitSeconds: Double?
  }

  /// One page, tried again after a pause when the server is busy or broken.
  private func fetch(_ url: URL, _ headers: [String: String]) throws(Failure) -> Answer {
    var wait = 0.5
    var attempt = 0
    while true {
      do {
        return try once(url, headers)
      } catch {
        attempt += 1
        guard error.isWorthRetrying, attempt <= request.retries else { throw error }
        pause(min(error.waitSeconds ?? wait, 120))
        wait *= 2
      }
    }
  }

  private func once(_ url: URL, _ headers: [String: String]) throws(Failure) -> Answer {
    var outgoing = URLRequest(url: url, timeoutInterval: Double(request.timeoutSeconds))
    outgoing.httpMethod = "GET"
    for (name, value) in headers { outgoing.setValue(value, forHTTPHeaderField: name) }
    let result = HTTPExchange(follows: .sameHost).run(
      outgoing, timeout: Double(request.timeoutSeconds))
    guard let response = result.response else {
      throw Failure(text: result.error ?? "no answer", isWorthRetrying: true)
    }
    var fields: [String: String] = [:]
    for (name, value) in response.allHeaderFields {
      fields["\(name)".lowercased()] = "\(value)"
    }
    let wait = fields["retry-after"].flatMap(Double.init)
    switch response.statusCode {
    case 200:
      guard result.body.count <= Self.pageLimit else {
        throw Failure(text: "the page has \(result.body.count) bytes")
      }
      if let length = fields["content-length"].flatMap({ Int($0) }),
        fields["content-encoding"] == nil,
        result.body.count < length
      {
        throw Failure(
          text: "cut off after \(result.body.count) of \(length) bytes", isWorthRetrying: true)
      }
      return Answer(status: 200, headers: fields, body: Array(result.body))
    case 429, 500, 502, 503, 504:
      throw Failure(
        text: "the server answered \(response.statusCode)", isWorthRetrying: true, waitSeconds: wait
      )
    case 401, 403: throw Failure(text: "the server refused access (\(response.statusCode))")
    default: throw Failure(text: "the server answered \(response.statusCode)")
    }
  }

  // MARK: Pages

  private var firstPage: [String: String] {
    switch request.paging {
    case .none, .link, .body, .cursor: return [:]
    case .offset(let parameter, let limitParameter, let limit, _, _):
      var query = [parameter: "0"]
      if !limitParameter.isEmpty { query[limitParameter] = String(limit) }
      return query
    case .page(let parameter, let first, _, _): return [parameter: String(first)]
    }
  }

  private struct Next {
    var url: URL?
    var items: Int?
    var total: Int?
    var problem: String?
  }

  /// Where the next page is; no address: this was the last one, and that is proven.
  ///
  /// - Parameter before: how many entries the pages before had.
  private func following(_ answer: Answer, url: URL, page: Int, before: Int) -> Next {
    if case .none = request.paging { return Next() }
    let json = try? JSON.parse(answer.body)
    if case .link = request.paging {
      let total = answer.headers["x-total-count"] ?? answer.headers["x-total"]
      return Next(
        url: Self.next(inLink: answer.headers["link"] ?? "", of: url),
        items: json.flatMap(Self.onlyList)?.count, total: total.flatMap { Int($0) })
    }
    guard let json else {
      return Next(problem: "the page is not JSON, so it cannot be told whether more follow")
    }
    switch request.paging {
    case .none, .link: return Next()
    case .body(let next, let items, let total):
      return afterBody(Self.at(next, in: json), items: items, total: total, in: json, url: url)
    case .offset(let parameter, _, let limit, let items, let total):
      let count = Self.at(items, in: json).array?.count
      let all = Self.at(total, in: json).integer
      guard let count else { return Next(problem: "there is no list at '\(items)'") }
      let reached = (Self.value(of: parameter, in: url) ?? 0) + count
      let isLast = count == 0 || (all.map { reached >= $0 } ?? (count < limit))
      return Next(
        url: isLast ? nil : Self.url(replacing: parameter, by: String(reached), in: url),
        items: count, total: all)
    case .page(let parameter, let first, let items, let total):
      let count = Self.at(items, in: json).array?.count
      let all = Self.at(total, in: json).integer
      guard let count else { return Next(problem: "there is no list at '\(items)'") }
      let isLast = count == 0 || all.map { before + count >= $0 } ?? false
      return Next(
        url: isLast ? nil : Self.url(replacing: parameter, by: String(first + page), in: url),
        items: count, total: all)
    case .cursor(let parameter, let pointer, let items):
      let cursor = Self.at(pointer, in: json).text
      return Next(
        url: cursor.flatMap { Self.url(replacing: parameter, by: $0, in: url) },
        items: Self.at(items, in: json).array?.count)
    }
  }

  private func afterBody(
    _ next: JSON, items: String, total: String, in json: JSON, url: URL
  ) -> Next {
    guard let list = Self.at(items, in: json).array else {
      return Next(problem: "there is no list at '\(items)'")
    }
    let all = total.isEmpty ? nil : Self.at(total, in: json).integer
    guard let text = next.text else { return Next(items: list.count, total: all) }
    guard let address = URL(string: text, relativeTo: url)?.absoluteURL else {
      return Next(items: list.count, total: all, problem: "the next page's address is none")
    }
    return Next(url: address, items: list.count, total: all)
  }

  /// The document's list: itself, or the only one it holds.
  private static func onlyList(_ json: JSON) -> [JSON]? {
    if let list = json.array { return list }
    let lists = (json.object ?? []).compactMap { $0.value.array }
    return lists.count == 1 ? lists[0] : nil
  }

  /// Whether the headers may be sent to a page that an answer names.
  static func mayFollow(_ next: URL, from url: URL) -> Bool {
    next.host == url.host && (next.scheme == url.scheme || next.scheme == "https")
  }

  /// A value by JSON pointer (RFC 6901); an empty pointer is the whole document.
  static func at(_ pointer: String, in json: JSON) -> JSON {
    pointer.split(separator: "/").reduce(json) { value, part in
      let key = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
      if value.array != nil { return Int(key).map { value[$0] } ?? .null }
      return value[key]
    }
  }

  /// The address of `rel="next"` in a Link header (RFC 8288).
  static func next(inLink header: String, of base: URL) -> URL? {
    for link in header.split(separator: ",") {
      guard let open = link.firstIndex(of: "<"), let close = link.firstIndex(of: ">"), open < close
      else { continue }
      let parameters = link[close...].lowercased()
      if parameters.contains("rel=\"next\"") || parameters.contains("rel=next") {
        return URL(string: String(link[link.index(after: open)..<close]), relativeTo: base)?
          .absoluteURL
      }
    }
    return nil
  }

  static func url(_ text: String, _ query: [String: String]) -> URL? {
    guard var parts = URLComponents(string: text), let scheme = parts.scheme,
      ["http", "https"].contains(scheme)
    else { return nil }
    let given = parts.queryItems ?? []
    let added = query.sorted { $0.key < $1.key }.map { URLQueryItem(name: $0.key, value: $0.value) }
    if !given.isEmpty || !added.isEmpty { parts.queryItems = given + added }
    return parts.url
  }

  private static func url(replacing name: String, by value: String, in url: URL) -> URL? {
    guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: true) else { return nil }
    var items = (parts.queryItems ?? []).filter { $0.name != name }
    items.append(URLQueryItem(name: name, value: value))
    parts.queryItems = items
    return parts.url
  }

  private static func value(of name: String, in url: URL) -> Int? {
    URLComponents(url: url, resolvingAgainstBaseURL: true)?.queryItems?
      .first { $0.name == name }?.value.flatMap { Int($0) }
  }

  // MARK: Secrets

  /// Replaces `${NAME}` by the environment's value; a missing one is a failure, not an empty text.
  private func filled(_ value: String) throws(Failure) -> String {
    var out = ""
    var rest = value[...]
    while let open = rest.firstRange(of: "${") {
      out += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstIndex(of: "}") else {
        throw Failure(text: "a header has '${' without '}'")
      }
      let name = String(rest[..<close])
      guard let secret = ProcessInfo.processInfo.environment[name] else {
        throw Failure(text: "the environment variable \(name) is not set")
      }
      out += secret
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  private static let secretWords = [
    "token", "key", "secret", "password", "passwd", "sig", "signature", "auth", "apikey", "api_key",
    "access_token", "code",
  ]

  /// Whether a parameter or header is named like a secret.
  static func isSecret(_ name: String) -> Bool {
    secretWords.contains { name.lowercased().hasSuffix($0) }
  }

  /// Whether an address has a password, or a parameter that is named like a secret.
  static func showsSecret(_ text: String) -> Bool {
    guard let parts = URLComponents(string: text) else { return false }
    let named = (parts.queryItems ?? []).contains {
      isSecret($0.name) && !($0.value ?? "").isEmpty && !($0.value ?? "").contains("${")
    }
    return parts.password != nil || named
  }

  /// An address without user, password and the values of parameters that look like secrets.
  static func redacted(_ text: String) -> String {
    guard var parts = URLComponents(string: text) else { return "(address)" }
    parts.user = nil
    parts.password = nil
    parts.queryItems = parts.queryItems?.map { item in
      isSecret(item.name)
        ? URLQueryItem(name: item.name, value: "REDACTED") : item
    }
    return parts.string ?? "(address)"
  }
}
