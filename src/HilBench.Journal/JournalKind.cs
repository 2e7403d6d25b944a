namespace HilBench.Journal;

/// <summary>What a journal line tells. The high byte is the <see cref="JournalSource"/>.</summary>
public enum JournalKind : ushort
{
    /// <summary>No line.</summary>
    None = 0,

    /// <summary>A CPU-side operation began (payload of HilBench.Memory).</summary>
    OperationBegin = 0x0100,

    /// <summary>A CPU-side operation returned to its caller.</summary>
    OperationEnd = 0x0101,

    /// <summary>A page-table entry is about to change.</summary>
    EntryChange = 0x0102,

    /// <summary>A CPU is about to store to memory.</summary>
    CpuWrite = 0x0103,

    /// <summary>A CPU loaded from memory.</summary>
    CpuRead = 0x0104,

    /// <summary>A page frame was handed out.</summary>
    FrameAllocated = 0x0105,

    /// <summary>A page frame went back to the free list.</summary>
    FrameFreed = 0x0106,

    /// <summary>A CPU-side TLB flush (flush_tlb_range and its relatives).</summary>
    CpuTlbFlush = 0x0107,

    /// <summary>A notifier callback is about to run (payload of HilBench.Notifiers).</summary>
    NotifierCall = 0x0200,

    /// <summary>The validator found the engine at fault.</summary>
    NotifierFinding = 0x0201,

    /// <summary>A TLP left the host for the device; the payload is the TLP.</summary>
    TlpToDevice = 0x0300,

    /// <summary>A TLP of the device reached the host; the payload is the TLP.</summary>
    TlpFromDevice = 0x0301,

    /// <summary>The device was reset.</summary>
    DeviceReset = 0x0400,

    /// <summary>The exerciser was told to start a DMA operation.</summary>
    CommandStarted = 0x0401,

    /// <summary>The exerciser reported the end of a DMA operation.</summary>
    CommandFinished = 0x0402,

    /// <summary>A TLP for the device was accepted by it (delivery, after the wire's latency); the payload is the TLP.</summary>
    TlpDelivered = 0x0403,

    /// <summary>The translation agent started the invalidation of a range.</summary>
    InvalidationBegin = 0x0500,

    /// <summary>The translation agent has all completions of a range.</summary>
    InvalidationEnd = 0x0501,

    /// <summary>A deadline passed and the device was quarantined.</summary>
    Quarantine = 0x0502,

    /// <summary>A PASID was bound to an address space or unbound from it.</summary>
    PasidBinding = 0x0503,

    /// <summary>The translation agent answered a Translation Request.</summary>
    Translation = 0x0504,

    /// <summary>The translation agent begins or ends to serve the Translation Requests of a function.</summary>
    AgentService = 0x0505,
}
