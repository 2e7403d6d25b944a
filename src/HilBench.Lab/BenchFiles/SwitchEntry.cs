namespace HilBench.Lab;

/// <summary>Something that switches.</summary>
public abstract record SwitchEntry;
