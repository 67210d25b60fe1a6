/// Keeps what a value encodes as a tree of Swift's values, and reads it back: `Codable` without
/// Foundation.
struct TestEncoder {
  final class Store {
    var values: [String: Any] = [:]
  }

  struct Refused: Error {}

  mutating func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
    let store = Store()
    try value.encode(to: Writer(store: store))
    return try Value(from: Reader(store: store))
  }

  private struct Writer: Encoder {
    let store: Store
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
      KeyedEncodingContainer(Keyed<Key>(store: store))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { fatalError("not used") }
    func singleValueContainer() -> any SingleValueEncodingContainer { fatalError("not used") }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
      let store: Store
      var codingPath: [any CodingKey] { [] }
      mutating func encodeNil(forKey key: Key) throws { throw Refused() }
      mutating func encode<Part: Encodable>(_ value: Part, forKey key: Key) throws {
        store.values[key.stringValue] = value
      }
      mutating func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
      ) -> KeyedEncodingContainer<Nested> { fatalError("not used") }
      mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        fatalError("not used")
      }
      mutating func superEncoder() -> any Encoder { fatalError("not used") }
      mutating func superEncoder(forKey key: Key) -> any Encoder { fatalError("not used") }
    }
  }

  private struct Reader: Decoder {
    let store: Store
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedDecodingContainer<Key> {
      KeyedDecodingContainer(Keyed<Key>(store: store))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Refused() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Refused() }

    struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
      let store: Store
      var codingPath: [any CodingKey] { [] }
      var allKeys: [Key] { store.values.keys.compactMap { Key(stringValue: $0) } }
      func contains(_ key: Key) -> Bool { store.values[key.stringValue] != nil }
      func decodeNil(forKey key: Key) -> Bool { false }
      func decode<Part: Decodable>(_: Part.Type, forKey key: Key) throws -> Part {
        // As JSON does it: whole numbers of any type.
        if let value = store.values[key.stringValue] as? Part { return value }
        if let wide = store.values[key.stringValue] as? [Int64] {
          switch Part.self {
          case is [Int8].Type: return wide.map { Int8($0) } as! Part
          case is [Int16].Type: return wide.map { Int16($0) } as! Part
          case is [Int32].Type: return wide.map { Int32($0) } as! Part
          case is [UInt8].Type: return wide.map { UInt8($0) } as! Part
          case is [UInt16].Type: return wide.map { UInt16($0) } as! Part
          case is [UInt32].Type: return wide.map { UInt32($0) } as! Part
          default: break
          }
        }
        throw Refused()
      }
      func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
      ) throws -> KeyedDecodingContainer<Nested> { throw Refused() }
      func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw Refused()
      }
      func superDecoder() throws -> any Decoder { throw Refused() }
      func superDecoder(forKey key: Key) throws -> any Decoder { throw Refused() }
    }
  }
}
