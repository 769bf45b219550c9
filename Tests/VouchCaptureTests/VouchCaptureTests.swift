import Foundation
import Testing
import VouchModel

@testable import VouchCapture

/// A folder of its own for each test.
final class Folder {
  let path = NSTemporaryDirectory() + "vouch-capture-\(UUID().uuidString)"
  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
  }

  @discardableResult
  func shell(_ line: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}

private func context(_ workspace: String) -> CaptureContext {
  CaptureContext(
    workspace: workspace, now: { Instant(seconds: 1_790_000_000) }, operator: "p-001",
    host: "collector", collector: "vouch test")
}

/// `name: text` of what a source delivers, `FAILED: why` for failures.
private func delivered(_ source: Source, in folder: String) throws -> [String] {
  var all: [String] = []
  try Capture.run(source, context(folder)) { captured in
    switch captured {
    case .file(let path, let provenance):
      all.append("\(provenance.name): \(try String(contentsOfFile: path, encoding: .isoLatin1))")
    case .bytes(let bytes, let provenance):
      let partial = provenance.partial.map { " PARTIAL \($0)" } ?? ""
      let last = provenance.page == nil || provenance.isLastPage ? "" : " (more)"
      all.append("\(provenance.name): \(String(decoding: bytes, as: UTF8.self))\(last)\(partial)")
    case .failure(let text, _): all.append("FAILED: \(text)")
    }
  }
  return all
}

private func files(_ patterns: String...) -> Source {
  Source(name: "inbox", transport: .file(patterns), format: nil, zone: nil)
}

private func command(_ arguments: String..., edit: (inout Source.Command) -> Void = { _ in })
  -> Source
{
  var command = Source.Command(arguments: arguments)
  edit(&command)
  return Source(name: "tool", transport: .command(command), format: nil, zone: nil)
}

struct FileTransportTests {
  @Test func deliversInTheOrderOfNames() throws {
    let folder = try Folder()
    for name in ["b.csv", "a.csv", "c.txt", ".hidden.csv"] {
      try folder.write("inbox/\(name)", name)
    }
    #expect(
      try delivered(files("inbox/*.csv"), in: folder.path) == ["a.csv: a.csv", "b.csv: b.csv"])
  }

  @Test func nothingThatMatchesIsAFailure() throws {
    let folder = try Folder()
    #expect(
      try delivered(files("inbox/*.csv"), in: folder.path) == [
        "FAILED: no file matches inbox/*.csv"
      ])
  }

  @Test func opensAnArchiveMemberByMember() throws {
    let folder = try Folder()
    try folder.write("inbox/one.csv", "1")
    try folder.write("inbox/deep/two.csv", "2")
    #expect(try folder.shell("cd inbox && zip -q -r x.zip one.csv deep && rm -r one.csv deep") == 0)
    let all = try delivered(files("inbox/*"), in: folder.path)
    #expect(Array(all.dropFirst()).sorted() == ["one.csv: 1", "two.csv: 2"])
    #expect(all[0].hasPrefix("x.zip: PK"))
  }

  @Test func opensAGzipByItsName() throws {
    let folder = try Folder()
    try folder.write("inbox/log.jsonl", "{}\n")
    try folder.shell("gzip inbox/log.jsonl")
    #expect(try delivered(files("inbox/*"), in: folder.path).last == "log.jsonl: {}\n")
  }

  /// What an attacker may put into an archive; each is refused with a reason, the archive kept.
  @Test(arguments: [
    ("head -c 70 x.zip > y.zip", "damaged"),
    ("printf nonsense > y.zip", "cannot be opened"),
    ("ln -s /etc/passwd link && zip -q -y y.zip link && rm link", "link"),
    ("head -c 600000000 /dev/zero | gzip > y.gz && rm -f y.zip", "far more"),
  ])
  func refusesAHostileArchive(make: String, reason: String) throws {
    let folder = try Folder()
    try folder.write("inbox/one.csv", String(repeating: "a", count: 1000))
    try folder.shell("cd inbox && zip -q x.zip one.csv && rm one.csv; \(make); rm -f x.zip")
    let all = try delivered(files("inbox/*"), in: folder.path)
    #expect(
      all.contains { $0.hasPrefix("FAILED: the archive y.") && $0.contains(reason) },
      "\(all.map { $0.prefix(120) })")
    #expect(!all.contains { $0.hasPrefix("y: ") }, "what is no archive has no member")
    #expect(!all.contains { $0.contains("root:") })
  }
}

struct CommandTransportTests {
  @Test func keepsWhatTheProgramPrints() throws {
    let folder = try Folder()
    #expect(try delivered(command("printf", "a b"), in: folder.path) == ["tool.txt: a b"])
  }

  @Test func usesNoShell() throws {
    let folder = try Folder()
    #expect(
      try delivered(command("printf", "%s", "$(id); `id` | id"), in: folder.path)
        == ["tool.txt: $(id); `id` | id"])
  }

  @Test func aStatusThatIsNoAnswerIsAFailureAndItsOutputIsKeptAsPartial() throws {
    let folder = try Folder()
    let all = try delivered(command("sh", "-c", "echo out; echo why >&2; exit 3"), in: folder.path)
    #expect(
      all == [
        "tool.txt: out\n PARTIAL the command ended with status 3",
        "FAILED: 'sh -c echo out; echo why >&2; exit 3' ended with status 3: why",
      ])
  }

  @Test func anAcceptedStatusIsAnAnswer() throws {
    let folder = try Folder()
    let source = command("sh", "-c", "echo no; exit 1") { $0.accepts = [0, 1] }
    #expect(try delivered(source, in: folder.path) == ["tool.txt: no\n"])
  }

  @Test func endsAProgramThatTakesTooLong() throws {
    let folder = try Folder()
    let source = command("sleep", "60") { $0.timeoutSeconds = 1 }
    #expect(
      try delivered(source, in: folder.path) == [
        "FAILED: 'sleep' was ended after 1 seconds without a result"
      ])
  }

  @Test func doesNotWaitForWhatTheProgramLeavesRunning() throws {
    let folder = try Folder()
    let start = Date()
    let source = command("sh", "-c", "sleep 30 & echo done") { $0.timeoutSeconds = 20 }
    #expect(try delivered(source, in: folder.path) == ["tool.txt: done\n"])
    #expect(Date().timeIntervalSince(start) < 15)
  }

  @Test func endsAProgramThatTakesTooLongThoughAnotherHoldsItsOutput() throws {
    let folder = try Folder()
    let start = Date()
    let source = command("sh", "-c", "sleep 30; echo done") { $0.timeoutSeconds = 1 }
    #expect(
      try delivered(source, in: folder.path)
        == ["FAILED: 'sh' was ended after 1 seconds without a result"])
    #expect(Date().timeIntervalSince(start) < 15)
  }

  @Test func takesAllOfALongOutput() throws {
    let folder = try Folder()
    let all = try delivered(
      command("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo e >&2"), in: folder.path)
    #expect(all.first?.utf8.count == 3_000_010)
  }

  @Test func passesOnNothingButTheNamedVariables() throws {
    let folder = try Folder()
    setenv("VOUCH_TEST_SECRET", "hidden", 1)
    let source = command("env") { $0.environment = ["PATH"] }
    let all = try delivered(source, in: folder.path)
    #expect(all.count == 1)
    #expect(!all[0].contains("hidden"))
  }

  @Test(arguments: [
    (
      "psql postgresql://audit:s3cr3t@db/app?sslmode=x",
      "psql postgresql://audit:REDACTED@db/app?sslmode=x"
    ),
    ("sh -c PGPASSWORD=s3cr3t psql", "sh -c PGPASSWORD=REDACTED psql"),
    ("tool --password=s3cr3t --all", "tool --password=REDACTED --all"),
    ("tool --token s3cr3t --all", "tool --token REDACTED --all"),
    (
      "curl -H Authorization: Bearer s3cr3t https://x",
      "curl -H Authorization: Bearer REDACTED https://x"
    ),
    ("curl -H Authorization: s3cr3t https://x", "curl -H Authorization: REDACTED https://x"),
    ("sh -c curl -d api_key=$KEY&x=1", "sh -c curl -d api_key=REDACTED&x=1"),
    (
      "psql --no-password -c SELECT login FROM users",
      "psql --no-password -c SELECT login FROM users"
    ),
    ("git -C /srv/git/token.git log --format=%H", "git -C /srv/git/token.git log --format=%H"),
  ]) func aSecretInTheArgumentsIsNotCarriedOn(_ line: String, _ shown: String) {
    #expect(CommandSecrets.redacted(line) == shown)
  }

  @Test func theProvenanceOfACommandHoldsNoSecret() throws {
    let folder = try Folder()
    var seen = ""
    try Capture.run(command("sh", "-c", "TOKEN=s3cr3t; exit 3"), context(folder.path)) { captured in
      seen += "\(captured)"
    }
    #expect(!seen.contains("s3cr3t") && seen.contains("TOKEN=REDACTED"))
  }

  @Test func saysThatAProgramIsNotInstalled() throws {
    let folder = try Folder()
    #expect(
      try delivered(command("no-such-program-here"), in: folder.path)
        == ["FAILED: the program 'no-such-program-here' is not installed"])
  }
}

struct HTTPTransportTests {
  private func run(
    _ server: TestServer, _ paging: Source.HTTPRequest.Paging = .none, path: String = "/",
    edit: (inout Source.HTTPRequest) -> Void = { _ in }
  ) throws -> [String] {
    var request = Source.HTTPRequest(url: "http://127.0.0.1:\(server.port)\(path)", paging: paging)
    request.timeoutSeconds = 2
    edit(&request)
    let source = Source(name: "api", transport: .http(request), format: nil, zone: nil)
    var all: [String] = []
    var transport = HTTPTransport(source: source, request: request, context: context("/tmp"))
    transport.pause = { _ in }
    try transport.capture { captured in
      switch captured {
      case .bytes(let bytes, let p):
        all.append(
          "\(p.page ?? 0)\(p.isLastPage ? " last" : ""): \(String(decoding: bytes, as: UTF8.self))\(p.partial.map { " PARTIAL \($0)" } ?? "")"
        )
      case .failure(let text, let p): all.append("FAILED on \(p.page ?? 0): \(text)")
      case .file: all.append("file")
      }
    }
    return all
  }

  @Test func followsLinksToTheProvenLastPage() throws {
    let server = try TestServer { request in
      request.contains("page=2")
        ? .ok("[3]") : .ok("[1,2]", headers: ["Link: </?page=2>; rel=\"next\""])
    }
    #expect(try run(server, .link) == ["1: [1,2]", "2 last: [3]"])
  }

  @Test func countsOffsetsAgainstTheTotal() throws {
    let server = try TestServer { request in
      request.contains("startAt=2")
        ? .ok(#"{"total":3,"issues":[3]}"#) : .ok(#"{"total":3,"issues":[1,2]}"#)
    }
    #expect(
      try run(
        server,
        .offset(
          parameter: "startAt", limitParameter: "maxResults", limit: 2, items: "/issues",
          total: "/total"))
        == [#"1: {"total":3,"issues":[1,2]}"#, #"2 last: {"total":3,"issues":[3]}"#])
  }

  @Test func aTotalThatIsNotReachedMakesTheListingPartial() throws {
    let server = try TestServer { request in
      request.contains("startAt=0")
        ? .ok(#"{"total":5,"issues":[1,2]}"#) : .ok(#"{"total":5,"issues":[]}"#)
    }
    let all = try run(
      server,
      .offset(parameter: "startAt", limitParameter: "", limit: 2, items: "/issues", total: "/total")
    )
    #expect(all.last?.hasSuffix("PARTIAL the source says there are 5 entries, 2 came") == true)
  }

  @Test func anEmptyPageEndsAListingByPageNumber() throws {
    let server = try TestServer {
      $0.contains("page=2") ? .ok("{\"data\":[]}") : .ok("{\"data\":[1]}")
    }
    #expect(
      try run(server, .page(parameter: "page", first: 1, items: "/data", total: ""))
        == ["1: {\"data\":[1]}", "2 last: {\"data\":[]}"])
  }

  @Test func pagesWithoutEndAreStopped() throws {
    let counter = Counter()
    let server = try TestServer { _ in .ok("{\"data\":[\(counter.next())]}") }
    let all = try run(server, .page(parameter: "page", first: 1, items: "/data", total: "")) {
      $0.pageLimit = 5
    }
    #expect(all.count == 6)
    #expect(all.last?.contains("does not end") == true)
    #expect(!all.contains { $0.contains("last:") })
  }

  @Test func aServerThatRepeatsItsLastPageIsStopped() throws {
    let server = try TestServer { _ in .ok("{\"data\":[1]}") }
    let all = try run(server, .page(parameter: "page", first: 1, items: "/data", total: ""))
    #expect(
      all == [
        "1: {\"data\":[1]}",
        "FAILED on 2: the listing does not end: page 2 is the same as page 1",
      ])
  }

  @Test func aTotalThatIsReachedProvesTheLastPage() throws {
    let server = try TestServer {
      $0.contains("page=2") ? .ok(#"{"total":2,"data":[2]}"#) : .ok(#"{"total":2,"data":[1]}"#)
    }
    #expect(
      try run(server, .page(parameter: "page", first: 1, items: "/data", total: "/total"))
        == [#"1: {"total":2,"data":[1]}"#, #"2 last: {"total":2,"data":[2]}"#])
  }

  @Test func followsTheAddressInTheAnswerToTheProvenLastPage() throws {
    let server = try TestServer { request in
      request.contains("skip=2")
        ? .ok(#"{"value":[3]}"#)
        : .ok(#"{"@odata.count":3,"@odata.nextLink":"/users?$skip=2","value":[1,2]}"#)
    }
    let all = try run(
      server, .body(next: "/@odata.nextLink", items: "/value", total: "/@odata.count"))
    #expect(all.count == 2)
    #expect(all.last == #"2 last: {"value":[3]}"#)
  }

  @Test func aTotalOfTheFirstPageHoldsForTheLast() throws {
    let server = try TestServer { request in
      request.contains("skip=2")
        ? .ok(#"{"value":[]}"#)
        : .ok(#"{"@odata.count":3,"@odata.nextLink":"/users?$skip=2","value":[1,2]}"#)
    }
    let all = try run(
      server, .body(next: "/@odata.nextLink", items: "/value", total: "/@odata.count"))
    #expect(all.last?.hasSuffix("PARTIAL the source says there are 3 entries, 2 came") == true)
  }

  @Test func secretsAreNotTakenToAnotherHost() throws {
    let counter = Counter()
    let other = try TestServer { _ in
      _ = counter.next()
      return .ok(#"{"value":[2]}"#)
    }
    let next = "http://localhost:\(other.port)/"
    let server = try TestServer { _ in .ok(#"{"nextLink":"\#(next)","value":[1]}"#) }
    let all = try run(server, .body(next: "/nextLink", items: "/value", total: ""))
    #expect(all.last == "FAILED on 1: the next page is on another host, or no longer encrypted")
    #expect(counter.count == 0)
  }

  @Test func aTotalThatFallsWhilePagesAreReadMakesTheListingPartial() throws {
    let server = try TestServer { request in
      request.contains("startAt=2")
        ? .ok(#"{"total":3,"issues":[4]}"#) : .ok(#"{"total":4,"issues":[1,2]}"#)
    }
    let all = try run(
      server,
      .offset(parameter: "startAt", limitParameter: "", limit: 2, items: "/issues", total: "/total")
    )
    #expect(all.last?.contains("PARTIAL the total fell from 4 to 3") == true)
  }

  @Test func theHeadersTotalIsHeldAgainstTheLinkedPages() throws {
    let server = try TestServer { request in
      request.contains("page=2")
        ? .ok("[3]", headers: ["X-Total: 4"])
        : .ok("[1,2]", headers: ["Link: </?page=2>; rel=\"next\"", "X-Total: 4"])
    }
    #expect(
      try run(server, .link).last
        == "2 last: [3] PARTIAL the source says there are 4 entries, 3 came")
  }

  @Test func aServerThatIsTooSlowIsAFailure() throws {
    let server = try TestServer { _ in
      Thread.sleep(forTimeInterval: 3)
      return .ok("[]")
    }
    let all = try run(server) {
      $0.timeoutSeconds = 1
      $0.retries = 0
    }
    #expect(all.count == 1 && all[0].hasSuffix("no answer in time"))
  }

  @Test func waitsAsLongAsTheServerAsks() throws {
    let counter = Counter()
    let server = try TestServer { _ in
      counter.next() == 1 ? .status(429, headers: ["Retry-After: 7"]) : .ok("[]")
    }
    let request = Source.HTTPRequest(url: "http://127.0.0.1:\(server.port)/")
    let source = Source(name: "api", transport: .http(request), format: nil, zone: nil)
    var transport = HTTPTransport(source: source, request: request, context: context("/tmp"))
    let waited = Waits()
    transport.pause = { waited.all.append($0) }
    try transport.capture { _ in }
    #expect(waited.all == [7])
  }

  @Test func aCursorThatTurnsInACircleIsStopped() throws {
    let server = try TestServer { _ in .ok(#"{"next":"abc","data":[1]}"#) }
    let all = try run(server, .cursor(parameter: "cursor", pointer: "/next", items: "/data"))
    #expect(all.last?.contains("does not end") == true)
  }

  @Test func triesAgainWhenTheServerIsBusy() throws {
    let counter = Counter()
    let server = try TestServer { _ in
      switch counter.next() {
      case 1: .status(429, headers: ["Retry-After: 1"])
      case 2: .status(503)
      default: .ok("[]")
      }
    }
    #expect(try run(server) == ["1 last: []"])
    #expect(counter.count == 3)
  }

  @Test func givesUpAfterTheRetriesAndSaysWhy() throws {
    let server = try TestServer { _ in .status(500) }
    let all = try run(server) { $0.retries = 2 }
    #expect(all.count == 1)
    #expect(all[0].hasSuffix("the server answered 500"))
  }

  @Test func doesNotTryAgainWhenAccessIsRefused() throws {
    let counter = Counter()
    let server = try TestServer { _ in
      _ = counter.next()
      return .status(401)
    }
    #expect(try run(server)[0].contains("refused access (401)"))
    #expect(counter.count == 1)
  }

  @Test func aConnectionThatIsCutOffIsAFailure() throws {
    let server = try TestServer { _ in .cut("[1,2,3", length: 100) }
    let all = try run(server) { $0.retries = 0 }
    #expect(all.count == 1 && all[0].hasPrefix("FAILED"), "\(all)")
  }

  @Test func secretsStandInNoProvenance() throws {
    setenv("VOUCH_TEST_TOKEN", "s3cr3t", 1)
    let seen = Counter()
    let server = try TestServer { request in
      if request.contains("authorization: bearer s3cr3t") { _ = seen.next() }
      return .ok("[]")
    }
    var request = Source.HTTPRequest(
      url: "http://user:pw@127.0.0.1:\(server.port)/?access_token=abc&x=1")
    request.headers = ["Authorization": "Bearer ${VOUCH_TEST_TOKEN}"]
    let source = Source(name: "api", transport: .http(request), format: nil, zone: nil)
    try HTTPTransport(source: source, request: request, context: context("/tmp")).capture {
      captured in
      guard case .bytes(_, let provenance) = captured else {
        Issue.record("failed")
        return
      }
      let text = "\(provenance)"
      for secret in ["s3cr3t", "abc", "pw@", "user:"] { #expect(!text.contains(secret)) }
      #expect(provenance.query.contains("x=1"))
    }
    #expect(seen.count == 1)
  }

  @Test func aMissingSecretIsAFailureAndNotAnEmptyHeader() throws {
    let server = try TestServer { _ in .ok("[]") }
    let all = try run(server) { $0.headers = ["Authorization": "Bearer ${VOUCH_NOT_SET_ANYWHERE}"] }
    #expect(all == ["FAILED on 1: the environment variable VOUCH_NOT_SET_ANYWHERE is not set"])
  }
}

final class Waits { var all: [Double] = [] }

final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var count = 0
  func next() -> Int {
    lock.lock()
    defer { lock.unlock() }
    count += 1
    return count
  }
}

/// A web server on the loopback that answers as it is told, and misbehaves when told so.
final class TestServer: @unchecked Sendable {
  enum Reply {
    case ok(String, headers: [String] = [])
    case status(Int, headers: [String] = [])
    /// Announces more bytes than it sends.
    case cut(String, length: Int)
  }

  let port: Int
  private let listener: Int32

  init(_ answer: @escaping @Sendable (_ request: String) -> Reply) throws {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(fd, raw, length) == 0 && listen(fd, 16) == 0 && getsockname(fd, raw, &length) == 0
      }
    }
    try #require(bound)
    listener = fd
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread {
      while true {
        let client = accept(fd, nil, nil)
        if client < 0 {
          // Closed here and not by deinit: the number may be another server's by then.
          close(fd)
          return
        }
        Self.serve(client, answer)
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func serve(_ client: Int32, _ answer: (String) -> Reply) {
    defer { close(client) }
    var request = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !request.contains("\r\n\r\n") {
      let n = recv(client, &buffer, buffer.count, 0)
      if n <= 0 { return }
      request += String(decoding: buffer[..<n], as: UTF8.self)
    }
    var head = ""
    var body = ""
    switch answer(request.lowercased().replacing("startat", with: "startAt")) {
    case .ok(let text, let headers):
      body = text
      head =
        "HTTP/1.1 200 OK\r\n\(headers.map { $0 + "\r\n" }.joined())Content-Length: \(text.utf8.count)\r\n"
    case .status(let code, let headers):
      head = "HTTP/1.1 \(code) X\r\n\(headers.map { $0 + "\r\n" }.joined())Content-Length: 0\r\n"
    case .cut(let text, let length):
      body = text
      head = "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n"
    }
    let bytes = Array((head + "Connection: close\r\n\r\n" + body).utf8)
    _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
