namespace HilBench.Lab;

/// <summary>What measures.</summary>
public abstract record MonitorSource;
