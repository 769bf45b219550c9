import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends one body to an address and waits for the answer; for what is no source of evidence, such
/// as a time-stamping authority. Redirects are not followed: the body is for this address.
public enum HTTPPost {
  /// - Returns: status and body, or why there is no answer.
  public static func send(
    _ body: Data, to address: URL, headers: [String: String], timeout: Double
  ) -> (status: Int?, body: Data, error: String?) {
    var request = URLRequest(url: address, timeoutInterval: timeout)
    request.httpMethod = "POST"
    request.httpBody = body
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let answer = HTTPExchange(follows: .nothing).run(request, timeout: timeout)
    return (answer.response?.statusCode, answer.body, answer.error)
  }
}

/// One request and its answer, waited for.
final class HTTPExchange: NSObject, URLSessionTaskDelegate, @unchecked Sendable {
  /// Which redirects are followed.
  enum Redirects {
    case nothing
    /// To another host, the secrets of the headers would go there.
    case sameHost
  }

  private let follows: Redirects
  // Written by the session's callback before `done` is signalled, read after it was waited for.
  private var data = Data()
  private var response: HTTPURLResponse?
  private var error: String?
  private let done = DispatchSemaphore(value: 0)

  init(follows: Redirects) { self.follows = follows }

  func run(_ request: URLRequest, timeout: Double) -> (
    response: HTTPURLResponse?, body: Data, error: String?
  ) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeout
    configuration.timeoutIntervalForResource = timeout * 10
    configuration.httpCookieStorage = nil
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    let task = session.dataTask(with: request) { data, response, error in
      self.data = data ?? Data()
      self.response = error == nil ? response as? HTTPURLResponse : nil
      self.error = error.map { Self.words($0) }
      self.done.signal()
    }
    task.resume()
    done.wait()
    session.finishTasksAndInvalidate()
    return (response, data, error)
  }

  private static func words(_ error: any Error) -> String {
    switch (error as? URLError)?.code {
    case .timedOut: "no answer in time"
    case .cannotConnectToHost: "no connection"
    case .cannotFindHost: "the host is not known"
    case .networkConnectionLost: "the connection was cut"
    default: "the request failed"
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    switch follows {
    case .nothing: completionHandler(nil)
    case .sameHost:
      completionHandler(request.url?.host == task.originalRequest?.url?.host ? request : nil)
    }
  }
}
